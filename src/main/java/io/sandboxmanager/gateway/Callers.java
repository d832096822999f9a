package io.sandboxmanager.gateway;

import jakarta.servlet.ServletRequest;

/** Tells of the client behind a request what the servlet API has no words for. */
public final class Callers {

	private Callers() {
	}

	/**
	 * Whether the client has hung up, so that an answer would reach nobody. A write alone
	 * does not tell: the first one after a client has left still succeeds. To be called
	 * on the request's own thread.
	 */
	public static boolean hasLeft(ServletRequest request) {
		return ClientConnection.of(request).hasLeft();
	}

}
