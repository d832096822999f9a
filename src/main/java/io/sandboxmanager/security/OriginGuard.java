package io.sandboxmanager.security;

import java.io.IOException;
import java.util.Collections;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * Protects a server without a token from the web pages that its user visits. A page of
 * another origin is told by {@code Origin}; a page whose name was made to point at this
 * machine (DNS rebinding) by {@code Host}. A program that is no browser sends the first
 * never and the second as it was told to connect.
 */
public final class OriginGuard extends HttpFilter {

	static final String WRONG_HOST = "Without a token this server answers only requests to localhost:"
			+ " use http://127.0.0.1, or set BEARER_TOKEN to use it under another name";

	static final String WRONG_ORIGIN = "Without a token this server answers no other web pages than its own:"
			+ " set BEARER_TOKEN and send it with each request";

	private static final Pattern LOOPBACK = Pattern
		.compile("(?:127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|(?i:localhost)|\\[::1])(?::[0-9]{1,5})?");

	private static final Pattern WEB_ORIGIN = Pattern.compile("(https?)://([^/?#@\\s]+)", Pattern.CASE_INSENSITIVE);

	private static final Pattern WITH_PORT = Pattern.compile(".*:[0-9]+");

	private final boolean anyHost;

	private final transient Refusal refusal;

	/**
	 * Guards a server that listens on loopback only.
	 * @param anyHost whether it may be called by any name, because it was meant to be
	 * open to others
	 * @param refusal tells who is not let in
	 */
	public OriginGuard(boolean anyHost, Refusal refusal) {
		this.anyHost = anyHost;
		this.refusal = refusal;
	}

	@Override
	protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		String host = request.getHeader(HttpHeaders.HOST);
		if (!this.anyHost && host != null && !LOOPBACK.matcher(host).matches()) {
			this.refusal.write(response, HttpServletResponse.SC_FORBIDDEN, WRONG_HOST);
		}
		else if (request.getHeader(HttpHeaders.ORIGIN) != null && isOfAnotherPage(request, host)) {
			this.refusal.write(response, HttpServletResponse.SC_FORBIDDEN, WRONG_ORIGIN);
		}
		else {
			chain.doFilter(request, response);
		}
	}

	private static boolean isOfAnotherPage(HttpServletRequest request, @Nullable String host) {
		return Collections.list(request.getHeaders(HttpHeaders.ORIGIN))
			.stream()
			.anyMatch((origin) -> isForeign(origin, host) && !isOfSandbox(origin, request));
	}

	/**
	 * The pages of sandboxes have no origin, because browsers are told to keep them apart
	 * from ours; so do others. A ticket is wanted from all of them.
	 */
	private static boolean isOfSandbox(String origin, HttpServletRequest request) {
		return "null".equals(origin) && BearerTokenFilter.isForTickets(request);
	}

	/** Only a page from the very address that is called is our own. */
	private static boolean isForeign(String origin, @Nullable String host) {
		Matcher web = WEB_ORIGIN.matcher(origin);
		if (host == null || !web.matches()) {
			return true;
		}
		String scheme = web.group(1);
		return !withPort(scheme, web.group(2)).equals(withPort(scheme, host));
	}

	private static String withPort(String scheme, String authority) {
		String lower = authority.toLowerCase(Locale.ROOT);
		return WITH_PORT.matcher(lower).matches() ? lower : lower + ("https".equalsIgnoreCase(scheme) ? ":443" : ":80");
	}

}
