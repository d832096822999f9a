package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.HttpForwarder;
import io.sandboxmanager.gateway.UpstreamException;
import io.sandboxmanager.gateway.UpstreamNotConnectedException;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;

/** {@code /proxy/{identity}/{path}}: the API inside a sandbox, with its token lent. */
public class ProxyServlet extends GatewayServlet {

	/** Where it is found. */
	public static final String ROUTE = "/proxy/";

	private static final Logger logger = LoggerFactory.getLogger(ProxyServlet.class);

	private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE", "PATCH");

	private final transient SandboxAccess sandboxes;

	private final transient HttpForwarder forwarder;

	public ProxyServlet(SandboxAccess sandboxes, HttpForwarder forwarder) {
		super(ROUTE);
		this.sandboxes = sandboxes;
		this.forwarder = forwarder;
	}

	@Override
	void service(GatewayPath path, HttpServletRequest request, HttpServletResponse response) throws IOException {
		try {
			forwardAnyhow(this.sandboxes.reach(path.identity()), path, request, response);
		}
		catch (UpstreamException ex) {
			logger.info("Not forwarded: {}", ex.getMessage());
			ErrorDetail.write(response, ex.getStatus(), "proxy upstream error: " + ex.getMessage());
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			logger.debug("Not forwarded", ex);
			ErrorDetail.write(response, HttpServletResponse.SC_NOT_FOUND, "sandbox not found: " + path.identity());
		}
	}

	/** To the sandbox, or to its replacement when it came out of a pool dead. */
	private void forwardAnyhow(Sandbox sandbox, GatewayPath path, HttpServletRequest request,
			HttpServletResponse response) throws IOException {
		try {
			forward(sandbox, path, request, response);
		}
		catch (UpstreamNotConnectedException ex) {
			forward(this.sandboxes.insteadOf(sandbox).orElseThrow(() -> ex), path, request, response);
		}
	}

	private void forward(Sandbox sandbox, GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws IOException {
		ForwardTarget target = ForwardTarget.withToken(sandbox, "/fastapi" + path.rest(), request.getQueryString());
		SandboxAccess.Activity activity = this.sandboxes.begin(sandbox);
		try {
			boolean answered = this.forwarder.forward(target, AnswerRewriter.UNTOUCHED, request, response);
			if (answered && response.getStatus() < HttpServletResponse.SC_INTERNAL_SERVER_ERROR) {
				this.sandboxes.answered(sandbox);
			}
		}
		finally {
			activity.close();
		}
	}

	@Override
	boolean allows(HttpServletRequest request) {
		return METHODS.contains(request.getMethod());
	}

	@Override
	String allowed() {
		return "DELETE, GET, PATCH, POST, PUT";
	}

}
