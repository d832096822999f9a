package io.sandboxmanager.agentscope;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.UpgradeRequest;

/**
 * What a request asks of a desktop: {@code /desktop/{name}[/~{key}]/{path}}. The key is
 * in the path for pages, whose scripts and pictures a browser loads without cookies
 * because it keeps them apart from this server's origin.
 *
 * @param path the request's path, the key counting as part of the prefix
 * @param key the key in the path
 * @param password the password in the query
 * @param query the rest of the query
 * @param webSocket whether the request asks for the WebSocket
 */
record DesktopVisit(GatewayPath path, @Nullable String key, @Nullable String password, @Nullable String query,
		boolean webSocket) {

	private static final String KEY_MARK = "~";

	private static final String PASSWORD = "password";

	private static final Set<String> API = Set.of("fastapi", "healthz", "tools", "mcp", "workspace", "watcher",
			"ports");

	static DesktopVisit of(GatewayPath path, HttpServletRequest request) {
		String first = path.firstSegment();
		boolean hasKey = first.startsWith(KEY_MARK);
		String query = request.getQueryString();
		return new DesktopVisit(hasKey ? path.descend() : path, hasKey ? first.substring(KEY_MARK.length()) : null,
				passwordIn(query), withoutPassword(query), UpgradeRequest.isWebSocket(request));
	}

	/** Where to find the same with the key in the path. */
	String withKey(String key) {
		return this.path.prefix() + "/" + KEY_MARK + key + this.path.rest();
	}

	/** What to ask of the sandbox. */
	String upstreamPath() {
		boolean bare = this.path.rest().isEmpty() || this.path.rest().equals("/");
		return (bare && this.webSocket) ? "/websockify" : this.path.rest();
	}

	/** Whether it asks for something that is not part of the desktop. */
	boolean isForApi() {
		String rest = StringUtils.uriDecode(this.path.rest(), StandardCharsets.UTF_8);
		return Arrays.stream(rest.split("[/\\\\;]"))
			.filter((segment) -> !segment.isEmpty() && !".".equals(segment))
			.findFirst()
			.map(API::contains)
			.orElse(false);
	}

	private static @Nullable String passwordIn(@Nullable String query) {
		if (query == null) {
			return null;
		}
		return Arrays.stream(query.split("&"))
			.filter(DesktopVisit::isPassword)
			.findFirst()
			.map((parameter) -> decode(parameter.substring(parameter.indexOf('=') + 1)))
			.orElse(null);
	}

	private static @Nullable String withoutPassword(@Nullable String query) {
		if (query == null) {
			return null;
		}
		String rest = Arrays.stream(query.split("&", -1))
			.filter((parameter) -> !isPassword(parameter))
			.collect(Collectors.joining("&"));
		return rest.isEmpty() ? null : rest;
	}

	private static boolean isPassword(String parameter) {
		int equals = parameter.indexOf('=');
		return equals > 0 && PASSWORD.equals(decode(parameter.substring(0, equals)));
	}

	/** What cannot be decoded is nobody's password. */
	private static String decode(String part) {
		try {
			return StringUtils.uriDecode(part, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			return part;
		}
	}

}
