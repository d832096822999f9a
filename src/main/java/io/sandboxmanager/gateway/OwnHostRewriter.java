package io.sandboxmanager.gateway;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Rewrites what a sandbox says on a host of its own: its cookies are for this host only,
 * and there is nothing that it has to be kept apart from.
 */
public final class OwnHostRewriter implements AnswerRewriter {

	private final AnswerRewriter locations;

	/**
	 * Makes a rewriter.
	 * @param locations moves redirects, with an empty prefix
	 */
	public OwnHostRewriter(AnswerRewriter locations) {
		this.locations = locations;
	}

	@Override
	public String location(String location) {
		return this.locations.location(location);
	}

	@Override
	public String cookie(String cookie) {
		return Arrays.stream(cookie.split(";"))
			.filter((attribute) -> !attribute.strip().toLowerCase(Locale.ROOT).startsWith("domain="))
			.collect(Collectors.joining(";"));
	}

	@Override
	public boolean keepsApart() {
		return false;
	}

}
