package io.sandboxmanager.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;

/**
 * Opens a server that has a token to web pages of every origin, as the AgentScope server
 * does, but without credentials: a page has to know the token itself, the browser adds
 * nothing.
 */
public final class CrossOriginFilter extends HttpFilter {

	private static final String METHODS = "GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD";

	/** The asterisk does not stand for Authorization. */
	private static final String ANY_HEADER = "*, Authorization";

	private static final Pattern HEADER_NAMES = Pattern.compile("[\\w!#$%&'*+.^`|~-]+(\\s*,\\s*[\\w!#$%&'*+.^`|~-]+)*");

	private static final String SECONDS = "600";

	@Override
	protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		response.setHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
		if (request.getHeader(HttpHeaders.ORIGIN) == null) {
			chain.doFilter(request, response);
			return;
		}
		response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, "*");
		if (isPreflight(request)) {
			allow(request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS), response);
			return;
		}
		response.setHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, "X-Request-ID, X-Sandbox-Error");
		chain.doFilter(request, response);
	}

	private static boolean isPreflight(HttpServletRequest request) {
		return HttpMethod.OPTIONS.matches(request.getMethod())
				&& request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) != null;
	}

	private static void allow(@Nullable String wanted, HttpServletResponse response) throws IOException {
		boolean named = wanted != null && HEADER_NAMES.matcher(wanted).matches();
		response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
		response.setHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, named ? wanted : ANY_HEADER);
		response.setHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, SECONDS);
		response.setContentType(MediaType.TEXT_PLAIN_VALUE);
		response.getOutputStream().write("OK".getBytes(StandardCharsets.US_ASCII));
	}

}
