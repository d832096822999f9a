package io.sandboxmanager.security;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/** Takes secrets out of what is going to be logged. */
public final class Redaction {

	private static final Set<String> SECRETS = Set.of("password", "ticket", "token");

	private static final String HIDDEN = "***";

	private Redaction() {
	}

	/** A path and its query, the values of secret parameters hidden. */
	public static String target(String path, @Nullable String query) {
		return (query != null) ? path + "?" + query(query) : path;
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
