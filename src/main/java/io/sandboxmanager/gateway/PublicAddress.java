package io.sandboxmanager.gateway;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletRequest;
import org.apache.catalina.util.NetMask;
import org.jspecify.annotations.Nullable;

/**
 * Tells under which address the sender of a request sees this server: the one that is
 * set, else the one that a trusted proxy names, else the one that was called.
 */
public final class PublicAddress {

	private static final Pattern AUTHORITY = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?");

	private static final Pattern SCHEME = Pattern.compile("https?");

	private static final Pattern PREFIX = Pattern.compile("(/[A-Za-z0-9._~-]+)*");

	private final @Nullable String fixed;

	private final String fixedPrefix;

	private final List<NetMask> proxies;

	public PublicAddress(PublicProperties properties) {
		URI url = properties.url();
		this.fixed = (url != null) ? withoutSlash(url.toString()) : null;
		this.fixedPrefix = (url != null) ? withoutSlash(url.getRawPath()) : "";
		this.proxies = properties.trustedProxies().stream().map(NetMask::new).toList();
	}

	/** Scheme, authority and path prefix if any, without a slash at the end. */
	public String of(HttpServletRequest request) {
		if (this.fixed != null) {
			return this.fixed;
		}
		String scheme = named(request, "X-Forwarded-Proto", SCHEME).map((text) -> text.toLowerCase(Locale.ROOT))
			.orElse(request.getScheme());
		String authority = named(request, "X-Forwarded-Host", AUTHORITY).orElseGet(() -> called(request));
		return scheme + "://" + authority + prefixOf(request);
	}

	/** The path prefix in it, without a slash at the end; empty if there is none. */
	public String prefixOf(HttpServletRequest request) {
		return (this.fixed != null) ? this.fixedPrefix : named(request, "X-Forwarded-Prefix", PREFIX).orElse("");
	}

	/** Whether the sender comes by TLS. */
	boolean isSecure(HttpServletRequest request) {
		return of(request).startsWith("https:");
	}

	/** The same for WebSockets. */
	public String webSocketsOf(HttpServletRequest request) {
		return of(request).replaceFirst("^http", "ws");
	}

	private static String withoutSlash(String text) {
		return text.replaceFirst("/+$", "");
	}

	private boolean isTrusted(String address) {
		try {
			InetAddress sender = InetAddress.getByName(address);
			return this.proxies.stream().anyMatch((proxy) -> proxy.matches(sender));
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

	/** What the outermost proxy says, if it makes sense. */
	private Optional<String> named(HttpServletRequest request, String header, Pattern form) {
		return Optional.ofNullable(request.getHeader(header))
			.filter((value) -> isTrusted(request.getRemoteAddr()))
			.map((all) -> all.split(",", 2)[0].strip())
			.filter((first) -> form.matcher(first).matches());
	}

	private static String called(HttpServletRequest request) {
		String host = request.getHeader("Host");
		return (host != null && AUTHORITY.matcher(host).matches()) ? host
				: request.getServerName() + ":" + request.getServerPort();
	}

}
