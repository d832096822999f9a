package io.sandboxmanager.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

import jakarta.servlet.http.HttpServletResponse;
import org.apache.hc.core5.http.Header;
import org.apache.tomcat.util.http.parser.HttpParser;

/**
 * The headers that a caller gets with a sandbox's answer: all of the sandbox's but those
 * of the connection, cookies that look like this server's, and a policy about origins or
 * referrers that contradicts this server's own. A browser is told to keep the answer
 * apart from this server's origin, if it was asked there, and nothing about that origin.
 */
final class ResponseHeaders {

	private static final Set<String> OF_THE_MESSAGE = Set.of("content-length", "content-type");

	/** What a browser keeps for all of an origin, also where one answer is kept apart. */
	private static final Set<String> OF_THE_ORIGIN = Set.of("alt-svc", "clear-site-data", "nel", "report-to",
			"reporting-endpoints", "service-worker-allowed", "strict-transport-security");

	/** What this server may have decided already. */
	private static final Set<String> POLICIES = Set.of("referrer-policy", "cross-origin-resource-policy");

	private final HttpServletResponse response;

	private final ClientConnection client;

	private final AnswerRewriter rewriter;

	ResponseHeaders(HttpServletResponse response, ClientConnection client, AnswerRewriter rewriter) {
		this.response = response;
		this.client = client;
		this.rewriter = rewriter;
	}

	void copy(List<Header> headers) {
		HopByHop connection = new HopByHop(valuesOf("Connection", headers));
		Set<String> decided = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
		decided.addAll(this.response.getHeaderNames());
		for (Header header : headers) {
			String key = key(header.getName());
			boolean contradicts = (key.startsWith("access-control-") || POLICIES.contains(key))
					&& decided.contains(key);
			boolean reachesFurther = this.rewriter.keepsApart() && OF_THE_ORIGIN.contains(key);
			if (HttpParser.isToken(key) && !connection.contains(key) && !OF_THE_MESSAGE.contains(key) && !contradicts
					&& !reachesFurther) {
				add(key, header);
			}
		}
		valuesOf("Content-Type", headers).stream().findFirst().ifPresent(this.client::contentType);
		if (this.rewriter.keepsApart()) {
			this.response.addHeader("Content-Security-Policy", "sandbox allow-scripts allow-forms");
			this.response.setHeader("X-Content-Type-Options", "nosniff");
		}
	}

	/** Those of an answer before the answer: what hints, not what decides. */
	static List<Header> interim(List<Header> headers) {
		HopByHop connection = new HopByHop(valuesOf("Connection", headers));
		return headers.stream()
			.filter((header) -> HttpParser.isToken(header.getName()) && !connection.contains(key(header.getName()))
					&& Trailers.isAllowed(header.getName()))
			.toList();
	}

	private void add(String key, Header header) {
		String value = header.getValue();
		switch (key) {
			case "set-cookie" -> {
				if (!value.strip().startsWith(RequestHeaders.OWN_COOKIES)) {
					this.response.addHeader(header.getName(), this.rewriter.cookie(value));
				}
			}
			case "location" -> this.response.addHeader(header.getName(), this.rewriter.location(value));
			default -> this.response.addHeader(header.getName(), value);
		}
	}

	private static List<String> valuesOf(String name, List<Header> headers) {
		List<String> values = new ArrayList<>();
		for (Header header : headers) {
			if (name.equalsIgnoreCase(header.getName())) {
				values.add(header.getValue());
			}
		}
		return values;
	}

	private static String key(String name) {
		return name.toLowerCase(Locale.ROOT);
	}

}
