package io.sandboxmanager.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.util.StringUtils;

/**
 * The path of a request to a sandbox, {@code <route><identity><rest>}, taken from the
 * bytes that the client sent: nothing of the rest is decoded or normalised.
 *
 * @param identity which sandbox, decoded
 * @param outer the path at which the sender sees this server, without a slash at the end;
 * empty but behind a proxy that adds one
 * @param prefix route and identity as they came, without a slash at the end; empty on a
 * host of the sandbox's own
 * @param rest what follows: empty, or beginning with a slash
 */
public record GatewayPath(String identity, String outer, String prefix, String rest) {

	/**
	 * Reads the path of a request.
	 * @param route what the path begins with, with a slash at its end
	 * @param address where the sender sees this server
	 * @return empty when the path as it came is not of this form, or would leave the
	 * sandbox's part of it by {@code ..}
	 */
	public static Optional<GatewayPath> of(String route, HttpServletRequest request, PublicAddress address) {
		String path = request.getRequestURI();
		if (!path.startsWith(route)) {
			return Optional.empty();
		}
		int slash = path.indexOf('/', route.length());
		int end = (slash != -1) ? slash : path.length();
		String identity = decode(path.substring(route.length(), end));
		String rest = path.substring(end);
		if (identity.isEmpty() || climbs(identity) || climbs(decode(rest))) {
			return Optional.empty();
		}
		return Optional.of(new GatewayPath(identity, address.prefixOf(request), path.substring(0, end), rest));
	}

	/** Whether a path as it came leads nowhere up by {@code ..}. */
	public static boolean staysInside(String path) {
		return !climbs(decode(path));
	}

	/** Whether it was sent to a host of the sandbox's own. */
	public boolean isOnOwnHost() {
		return this.prefix.isEmpty();
	}

	/** The prefix as the sender sees it. */
	public String seenPrefix() {
		return this.outer + this.prefix;
	}

	/** The path with the first segment of the rest moved to the prefix. */
	public GatewayPath descend() {
		int slash = this.rest.indexOf('/', 1);
		int end = (slash != -1) ? slash : this.rest.length();
		return new GatewayPath(this.identity, this.outer, this.prefix + this.rest.substring(0, end),
				this.rest.substring(end));
	}

	/** The first segment of the rest, decoded. */
	public String firstSegment() {
		String[] segments = this.rest.split("/", 3);
		return (segments.length > 1) ? decode(segments[1]) : "";
	}

	private static String decode(String part) {
		return StringUtils.uriDecode(part, StandardCharsets.UTF_8);
	}

	private static boolean climbs(String decoded) {
		if (!decoded.contains("..")) {
			return false;
		}
		for (String segment : decoded.split("[/\\\\]", -1)) {
			int parameter = segment.indexOf(';');
			if ("..".equals((parameter != -1) ? segment.substring(0, parameter) : segment)) {
				return true;
			}
		}
		return false;
	}

}
