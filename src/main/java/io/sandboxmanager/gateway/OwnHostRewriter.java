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

	private OwnHostRewriter(AnswerRewriter locations) {
		this.locations = locations;
	}

	/**
	 * The rewriter for the answer to a request.
	 * @param path where it was sent
	 * @param rewriter the one for this server's own host, which moves redirects here too
	 */
	public static AnswerRewriter where(GatewayPath path, AnswerRewriter rewriter) {
		return path.isOnOwnHost() ? new OwnHostRewriter(rewriter) : rewriter;
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
