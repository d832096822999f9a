package io.sandboxmanager.agentscope;

import java.io.IOException;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.HttpForwarder;
import io.sandboxmanager.gateway.PrefixRewriter;
import io.sandboxmanager.gateway.UpgradeRequest;
import io.sandboxmanager.gateway.UpstreamException;
import io.sandboxmanager.gateway.WebSocketForwarder;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.lifecycle.SandboxAccess.Activity;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.security.DesktopAccess;

/**
 * {@code /desktop/{name}/{path}}: the pages of a sandbox's desktop, and
 * {@code /desktop/{name}}: its WebSocket. The sandbox's token is never lent here, and the
 * API inside it is not part of its desktop.
 */
public class DesktopServlet extends GatewayServlet {

	/** Where it is found. */
	public static final String ROUTE = "/desktop/";

	private static final Logger logger = LoggerFactory.getLogger(DesktopServlet.class);

	private final transient SandboxAccess sandboxes;

	private final transient DesktopDoor door;

	private final transient HttpForwarder http;

	private final transient WebSocketForwarder webSockets;

	public DesktopServlet(SandboxAccess sandboxes, DesktopAccess access, HttpForwarder http,
			WebSocketForwarder webSockets) {
		super(ROUTE);
		this.sandboxes = sandboxes;
		this.door = new DesktopDoor(access, sandboxes);
		this.http = http;
		this.webSockets = webSockets;
	}

	@Override
	void service(GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		DesktopVisit visit = DesktopVisit.of(path, request);
		if (!this.door.admits(visit, request)) {
			response.setHeader("WWW-Authenticate", "Bearer");
			ErrorDetail.write(response, HttpServletResponse.SC_UNAUTHORIZED, "Authentication required");
			return;
		}
		try {
			show(this.sandboxes.reach(path.identity()), visit, request, response);
		}
		catch (UpstreamException ex) {
			logger.info("Not forwarded: {}", ex.getMessage());
			ErrorDetail.write(response, ex.getStatus(), "Upstream request failed: " + ex.getMessage());
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			logger.debug("Not forwarded", ex);
			response.setStatus(HttpServletResponse.SC_NOT_FOUND);
		}
	}

	private void show(Sandbox sandbox, DesktopVisit visit, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (visit.isForApi()) {
			response.setStatus(HttpServletResponse.SC_NOT_FOUND);
			return;
		}
		String elsewhere = this.door.remember(sandbox, visit, request, response);
		if (elsewhere != null) {
			response.setStatus(HttpServletResponse.SC_FOUND);
			response.setHeader("Location", elsewhere);
			return;
		}
		response.setHeader("Referrer-Policy", "no-referrer");
		if ("null".equals(request.getHeader("Origin")) && !response.containsHeader("Access-Control-Allow-Origin")) {
			response.setHeader("Access-Control-Allow-Origin", "null");
		}
		ForwardTarget target = ForwardTarget.withoutToken(sandbox, visit.upstreamPath(), visit.query());
		AnswerRewriter rewriter = new PrefixRewriter(visit.path().prefix(), target.base());
		Activity activity = this.sandboxes.begin(sandbox);
		if (visit.webSocket()) {
			this.webSockets.forward(target, rewriter, request, response, activity::close);
			return;
		}
		try {
			this.http.forward(target, rewriter, request, response);
		}
		finally {
			activity.close();
		}
	}

	@Override
	boolean allows(HttpServletRequest request) {
		return "GET".equals(request.getMethod());
	}

	@Override
	String allowed() {
		return "GET";
	}

	@Override
	boolean isComplete(HttpServletRequest request) {
		return UpgradeRequest.isWebSocket(request);
	}

}
