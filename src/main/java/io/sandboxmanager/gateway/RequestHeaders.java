package io.sandboxmanager.gateway;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import jakarta.servlet.http.HttpServletRequest;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.message.BasicHeader;

/**
 * The headers that a sandbox gets with a caller's request: all of the caller's but those
 * of the connection, the caller's credentials and this server's cookies; repeated ones
 * stay apart. What says where the request came from and for which session is added.
 */
final class RequestHeaders {

	/** What the names of this server's own cookies begin with. */
	static final String OWN_COOKIES = "sandbox-manager-";

	/** What platforms lead the requests of one session to one instance by. */
	static final List<String> SESSION = List.of("x-agentrun-session-id", "x-agentscope-runtime-session-id");

	private static final Set<String> REPLACED = Set.of("host", "authorization", "content-length", "expect", "cookie",
			"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto");

	private RequestHeaders() {
	}

	static List<Header> of(HttpServletRequest request, ForwardTarget target) {
		HopByHop connection = new HopByHop(Collections.list(request.getHeaders("Connection")));
		List<Header> headers = new ArrayList<>();
		for (String name : Collections.list(request.getHeaderNames())) {
			String key = name.toLowerCase(Locale.ROOT);
			if (!connection.contains(key) && !REPLACED.contains(key) && !SESSION.contains(key)) {
				Collections.list(request.getHeaders(name))
					.forEach((value) -> headers.add(new BasicHeader(name, value)));
			}
		}
		addCookies(request, headers);
		addOrigin(request, headers);
		SESSION.forEach((name) -> headers.add(new BasicHeader(name, target.session())));
		if (target.authorization() != null) {
			headers.add(new BasicHeader("Authorization", target.authorization(), true));
		}
		return headers;
	}

	private static void addCookies(HttpServletRequest request, List<Header> headers) {
		for (String cookies : Collections.list(request.getHeaders("Cookie"))) {
			String foreign = Arrays.stream(cookies.split(";"))
				.filter((cookie) -> !cookie.strip().startsWith(OWN_COOKIES))
				.collect(Collectors.joining(";"))
				.strip();
			if (!foreign.isEmpty()) {
				headers.add(new BasicHeader("Cookie", foreign));
			}
		}
	}

	private static void addOrigin(HttpServletRequest request, List<Header> headers) {
		String client = request.getRemoteAddr();
		String host = request.getHeader("X-Forwarded-Host");
		String scheme = request.getHeader("X-Forwarded-Proto");
		host = (host != null) ? host : request.getHeader("Host");
		scheme = (scheme != null) ? scheme : request.getScheme();
		headers.add(new BasicHeader("X-Forwarded-For", appended(request, "X-Forwarded-For", client)));
		headers.add(new BasicHeader("X-Forwarded-Proto", scheme));
		String node = (client.indexOf(':') != -1) ? "\"[" + client + "]\"" : client;
		String hop = "for=" + node + ";proto=" + request.getScheme();
		if (host != null) {
			headers.add(new BasicHeader("X-Forwarded-Host", host));
			hop += ";host=\"" + host.replace("\\", "").replace("\"", "") + "\"";
		}
		headers.add(new BasicHeader("Forwarded", appended(request, "Forwarded", hop)));
	}

	private static String appended(HttpServletRequest request, String name, String value) {
		List<String> values = Collections.list(request.getHeaders(name));
		values.add(value);
		return String.join(", ", values);
	}

}
