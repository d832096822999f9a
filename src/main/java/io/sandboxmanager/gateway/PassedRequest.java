package io.sandboxmanager.gateway;

import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;

/** A request as a sandbox is to see it: some headers are others, or not there. */
public final class PassedRequest extends HttpServletRequestWrapper {

	/** By name in lower case; empty for one that is not there. */
	private final Map<String, String> changed = new LinkedHashMap<>();

	/**
	 * Where the request came from may hold what opens the sandbox, so that is not told.
	 */
	public PassedRequest(HttpServletRequest request) {
		super(request);
		without("Referer");
	}

	/** Takes a header away. */
	public PassedRequest without(String name) {
		this.changed.put(key(name), "");
		return this;
	}

	/** Sets a header. */
	public PassedRequest with(String name, String value) {
		this.changed.put(key(name), value);
		return this;
	}

	@Override
	public @Nullable String getHeader(String name) {
		String value = this.changed.get(key(name));
		return (value == null) ? super.getHeader(name) : value.isEmpty() ? null : value;
	}

	@Override
	public Enumeration<String> getHeaders(String name) {
		String value = this.changed.get(key(name));
		return (value == null) ? super.getHeaders(name)
				: Collections.enumeration(value.isEmpty() ? List.of() : List.of(value));
	}

	@Override
	public Enumeration<String> getHeaderNames() {
		Map<String, String> names = new LinkedHashMap<>();
		Collections.list(super.getHeaderNames()).forEach((name) -> names.put(key(name), name));
		this.changed.forEach((name, value) -> names.merge(name, name, (given, same) -> given));
		names.keySet().removeIf((name) -> "".equals(this.changed.get(name)));
		return Collections.enumeration(names.values());
	}

	private static String key(String name) {
		return name.toLowerCase(Locale.ROOT);
	}

}
