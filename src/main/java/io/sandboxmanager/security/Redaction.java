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

	private static final Pattern DESKTOP_KEY = Pattern.compile("(/(?:~|%7[eE]))[^/]*");

	private static final String HIDDEN = "***";

	private Redaction() {
	}

	/**
	 * A path and its query, a desktop's key and the values of secret parameters hidden.
	 */
	public static String target(String path, @Nullable String query) {
		return (query != null) ? path(path) + "?" + query(query) : path(path);
	}

	/** A path as it was sent, a desktop's key hidden: it opens the desktop for good. */
	public static String path(String path) {
		return isDesktop(path) ? DESKTOP_KEY.matcher(path).replaceAll("$1" + HIDDEN) : path;
	}

	/** A path that cannot be decoded may be anything, so also a desktop's. */
	private static boolean isDesktop(String path) {
		try {
			return URLDecoder.decode(path, StandardCharsets.UTF_8).contains("/desktop/");
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
		if (equals < 0 || !isSecret(parameter.substring(0, equals))) {
			return parameter;
		}
		return parameter.substring(0, equals + 1) + HIDDEN;
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
