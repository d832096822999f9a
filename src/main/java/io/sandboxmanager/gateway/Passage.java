package io.sandboxmanager.gateway;

import java.io.IOException;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.lifecycle.SandboxAccess.Activity;
import io.sandboxmanager.sandbox.Sandbox;

/**
 * Lets requests and WebSockets through to sandboxes, which count as used while they are
 * open.
 */
public final class Passage {

	private final SandboxAccess sandboxes;

	private final HttpForwarder http;

	private final WebSocketForwarder webSockets;

	public Passage(SandboxAccess sandboxes, HttpForwarder http, WebSocketForwarder webSockets) {
		this.sandboxes = sandboxes;
		this.http = http;
		this.webSockets = webSockets;
	}

	/**
	 * Returns when the answer is complete, or when the client is about to be connected.
	 * @throws UpstreamException when there is no answer; the response is untouched
	 */
	public void let(Sandbox sandbox, ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response) throws ServletException, IOException {
		Activity activity = this.sandboxes.begin(sandbox);
		if (UpgradeRequest.isWebSocket(request)) {
			this.webSockets.forward(target, rewriter, request, response, activity::close);
			return;
		}
		try {
			boolean answered = this.http.forward(target, rewriter, request, response);
			if (answered && response.getStatus() < HttpServletResponse.SC_INTERNAL_SERVER_ERROR) {
				this.sandboxes.answered(sandbox);
			}
		}
		finally {
			activity.close();
		}
	}

}
