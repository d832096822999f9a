package io.sandboxmanager.gateway;

import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Moves a sandbox's redirects and cookies below the path at which a browser sees it, so
 * that it neither leads out of there nor sets cookies for other sandboxes.
 */
public final class PrefixRewriter implements AnswerRewriter {

	private static final Pattern CLIMBS = Pattern.compile("[/\\\\](\\.|%2[eE]){2}([/\\\\]|$)");

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
			return below(location.substring(this.base.length()));
		}
		return (location.startsWith("/") && !location.startsWith("//")) ? below(location) : location;
	}

	/** A browser resolves the dots, and would leave the sandbox's part by them. */
	private String below(String path) {
		return CLIMBS.matcher(path.split("[?#]", 2)[0]).find() ? this.prefix + "/" : this.prefix + path;
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
