package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.util.Set;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;

/** {@code /proxy/{identity}/{path}}: the API inside a sandbox, with its token lent. */
public class ProxyServlet extends GatewayServlet {

	/** Where it is found. */
	public static final String ROUTE = "/proxy/";

	private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "DELETE", "PATCH");

	private final transient SandboxAccess sandboxes;

	private final transient Passage passage;

	public ProxyServlet(SandboxAccess sandboxes, Passage passage, PublicAddress address) {
		super(ROUTE, address);
		this.sandboxes = sandboxes;
		this.passage = passage;
	}

	@Override
	void service(GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		forwardOrTell(this.sandboxes, this.passage, "proxy", path, response,
				(sandbox) -> forward(sandbox, path, request, response));
	}

	private void forward(Sandbox sandbox, GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws IOException {
		ForwardTarget target = ForwardTarget.withToken(sandbox, "/fastapi" + path.rest(), request.getQueryString());
		this.passage.answer(sandbox, target, AnswerRewriter.UNTOUCHED, request, response);
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
