package io.sandboxmanager.security;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/** Takes secrets out of what is going to be logged. */
public final class Redaction {

	private static final Set<String> SECRETS = Set.of("password", "ticket", "token");

	private static final Pattern TICKET = Pattern.compile("(/(?:~|%7[eE]))[^/]*");

	/** What has the form of a ticket is one wherever somebody has put it. */
	private static final Pattern MISPLACED = Pattern.compile("(smt_)[A-Za-z0-9_-]+");

	private static final String HIDDEN = "***";

	private Redaction() {
	}

	/**
	 * A path and its query, the ticket in it and the values of secret parameters hidden.
	 */
	public static String target(String path, @Nullable String query) {
		return (query != null) ? path(path) + "?" + query(query) : path(path);
	}

	/** A path as it was sent, the ticket in it hidden. */
	public static String path(String path) {
		String misplaced = MISPLACED.matcher(path).replaceAll("$1" + HIDDEN);
		return isForTickets(misplaced) ? TICKET.matcher(misplaced).replaceAll("$1" + HIDDEN) : misplaced;
	}

	/** A path that cannot be decoded may be anything, so also a sandbox's. */
	private static boolean isForTickets(String path) {
		try {
			String decoded = URLDecoder.decode(path, StandardCharsets.UTF_8);
			return decoded.contains("/desktop/") || decoded.contains("/sandboxes/");
		}
		catch (IllegalArgumentException ex) {
			return true;
		}
	}

	/** A query as it was sent, the values of secret parameters hidden. */
	public static String query(String query) {
		return Arrays.stream(query.split("&", -1)).map(Redaction::parameter).collect(Collectors.joining("&"));
	}

	private static String parameter(String parameter) {
		int equals = parameter.indexOf('=');
		if (equals >= 0 && (isSecret(parameter.substring(0, equals)) || holdsQuery(parameter.substring(equals + 1)))) {
			return parameter.substring(0, equals + 1) + HIDDEN;
		}
		return MISPLACED.matcher(parameter).replaceAll("$1" + HIDDEN);
	}

	/** A viewer is given the address of its WebSocket as a parameter. */
	private static boolean holdsQuery(String value) {
		try {
			String decoded = URLDecoder.decode(value, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
			return SECRETS.stream().anyMatch((name) -> decoded.contains(name + "="));
		}
		catch (IllegalArgumentException ex) {
			return true;
		}
	}

	/** A name that cannot be decoded may be anything, so also a secret's. */
	private static boolean isSecret(String name) {
		try {
			return SECRETS.contains(URLDecoder.decode(name, StandardCharsets.UTF_8).toLowerCase(Locale.ROOT));
		}
		catch (IllegalArgumentException ex) {
			return true;
		}
	}

}
