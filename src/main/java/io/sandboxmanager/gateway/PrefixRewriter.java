package io.sandboxmanager.gateway;

import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Moves a sandbox's redirects and cookies below the path at which a browser sees it, so
 * that it neither leads out of there nor sets cookies for other sandboxes.
 */
public final class PrefixRewriter implements AnswerRewriter {

	private final String prefix;

	private final String base;

	/**
	 * Makes a rewriter for one sandbox.
	 * @param prefix the path at which it is seen, without a slash at the end
	 * @param base its own address
	 */
	public PrefixRewriter(String prefix, URI base) {
		this.prefix = prefix;
		this.base = base.toString();
	}

	@Override
	public String location(String location) {
		if (location.startsWith(this.base + "/") || location.equals(this.base)) {
			return this.prefix + location.substring(this.base.length());
		}
		return (location.startsWith("/") && !location.startsWith("//")) ? this.prefix + location : location;
	}

	@Override
	public String cookie(String cookie) {
		return Arrays.stream(cookie.split(";"))
			.filter((attribute) -> !isScope(attribute.strip().toLowerCase(Locale.ROOT)))
			.collect(Collectors.joining(";")) + "; Path=" + this.prefix;
	}

	private static boolean isScope(String attribute) {
		return attribute.startsWith("path=") || attribute.startsWith("domain=");
	}

}
