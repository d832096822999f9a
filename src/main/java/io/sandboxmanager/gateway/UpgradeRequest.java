package io.sandboxmanager.gateway;

import java.util.Collections;
import java.util.List;

import jakarta.servlet.http.HttpServletRequest;

/** Recognises the opening handshake of a WebSocket. */
public final class UpgradeRequest {

	private UpgradeRequest() {
	}

	/** Whether the request asks to become a WebSocket. */
	public static boolean isWebSocket(HttpServletRequest request) {
		List<String> upgrades = Collections.list(request.getHeaders("Upgrade"));
		boolean asks = upgrades.stream().anyMatch((value) -> value.strip().equalsIgnoreCase("websocket"));
		return asks && "GET".equals(request.getMethod())
				&& new HopByHop(Collections.list(request.getHeaders("Connection"))).names("upgrade")
				&& request.getHeader("Transfer-Encoding") == null && request.getContentLengthLong() <= 0;
	}

}
