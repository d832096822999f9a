package io.sandboxmanager.gateway;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.message.BasicHeader;

/**
 * The headers that come after a body in chunks. They pass, but for those that a head
 * alone may carry: what decides about length, way, rights or cookies is not changed
 * afterwards.
 */
final class Trailers {

	private static final HopByHop CONNECTION = new HopByHop(Set.of());

	private static final Set<String> OF_THE_HEAD = Set.of("age", "authorization", "cache-control", "content-encoding",
			"content-length", "content-range", "content-type", "cookie", "date", "expect", "expires", "forwarded",
			"host", "location", "max-forwards", "pragma", "range", "retry-after", "set-cookie", "trailer", "vary",
			"www-authenticate");

	private Trailers() {
	}

	/** Whether a header may come after a body. */
	static boolean isAllowed(String name) {
		String key = name.toLowerCase(Locale.ROOT);
		return !CONNECTION.contains(key) && !OF_THE_HEAD.contains(key) && !key.startsWith("x-forwarded-")
				&& !RequestHeaders.SESSION.contains(key);
	}

	/** Those of a request whose body has been read. */
	static List<Header> of(HttpServletRequest request) {
		return request.getTrailerFields()
			.entrySet()
			.stream()
			.filter((field) -> isAllowed(field.getKey()))
			.<Header>map((field) -> new BasicHeader(field.getKey(), field.getValue()))
			.toList();
	}

	/** Those of an answer, as the servlet API wants them. */
	static Map<String, String> of(Collection<? extends Header> headers) {
		Map<String, String> fields = new LinkedHashMap<>();
		for (Header header : headers) {
			if (isAllowed(header.getName())) {
				fields.merge(header.getName(), header.getValue(), (first, next) -> first + ", " + next);
			}
		}
		return fields;
	}

}
