package io.sandboxmanager.gateway;

import java.util.Optional;

import jakarta.servlet.http.HttpServletRequest;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * A host that shows one place in one sandbox and nothing else.
 *
 * @param place the number of a port, or {@link #SCREEN}
 */
public record OwnHost(SandboxId sandbox, String place) {

	/** The place of a sandbox's desktop. */
	public static final String SCREEN = "vnc";

	/**
	 * What a request asks of this host.
	 * @return empty when it leads out of it by {@code ..}
	 */
	public Optional<GatewayPath> path(HttpServletRequest request) {
		String path = request.getRequestURI();
		return (path.startsWith("/") && GatewayPath.staysInside(path))
				? Optional.of(new GatewayPath(this.sandbox.value(), "", "", path)) : Optional.empty();
	}

	boolean isScreen() {
		return SCREEN.equals(this.place);
	}

}
