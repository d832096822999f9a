package io.sandboxmanager.api;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The addresses of debuggers in what a browser says of itself, as they are seen through
 * this server.
 */
final class CdpAddresses {

	private static final String DEBUGGER = "webSocketDebuggerUrl";

	private static final Pattern DEBUGGERS = Pattern.compile("/devtools/[a-z_]+/[A-Za-z0-9._-]+");

	private final String base;

	private final @Nullable String ticket;

	/**
	 * Makes the addresses of one browser.
	 * @param base where the browser is seen, for WebSockets
	 * @param ticket what opens it
	 */
	CdpAddresses(String base, @Nullable String ticket) {
		this.base = base;
		this.ticket = ticket;
	}

	/** The same answer with other addresses; nothing if it is not JSON. */
	Optional<String> rewrite(String answer) {
		return read(answer).map((root) -> {
			rewrite(root);
			return JsonMapper.shared().writeValueAsString(root);
		});
	}

	private void rewrite(JsonNode node) {
		if (node.isArray()) {
			node.forEach(this::rewrite);
		}
		if (node instanceof ObjectNode target) {
			Optional<String> path = debugger(target);
			target.remove(DEBUGGER);
			path.ifPresent((known) -> target.put(DEBUGGER,
					this.base + known + ((this.ticket != null) ? "?ticket=" + this.ticket : "")));
			target.remove("devtoolsFrontendUrl"); // it holds addresses that lead nowhere
			target.remove("devtoolsFrontendUrlCompat");
		}
	}

	/** The path of the debugger of the whole browser, from {@code /json/version}. */
	static Optional<String> browser(String version) {
		return read(version).flatMap(CdpAddresses::debugger);
	}

	private static Optional<String> debugger(JsonNode target) {
		JsonNode address = target.get(DEBUGGER);
		try {
			return (address == null || !address.isString()) ? Optional.empty()
					: Optional.ofNullable(URI.create(address.stringValue()).getRawPath())
						.filter(CdpAddresses::isDebugger);
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

	/** Whether a path is one of the WebSockets of a browser. */
	static boolean isDebugger(String path) {
		return DEBUGGERS.matcher(path).matches();
	}

	private static Optional<JsonNode> read(String answer) {
		try {
			return Optional.of(JsonMapper.shared().readTree(answer));
		}
		catch (JacksonException ex) {
			return Optional.empty();
		}
	}

}
