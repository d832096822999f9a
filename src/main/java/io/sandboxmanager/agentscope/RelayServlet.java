package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

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
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.security.BearerToken;

/**
 * {@code /local/{id}/{path}}: the address of a sandbox that has none of its own, because
 * it answers on a Unix domain socket. The sandbox's own token opens it and nothing else
 * does. Whether there is such a sandbox is not told to others.
 */
public class RelayServlet extends GatewayServlet {

	/** Where it is found. */
	public static final String ROUTE = "/local/";

	/** What the agent in the sandbox says, whose address this is. */
	private static final String NO_TOKEN = "Missing or invalid authorization header";

	private static final String WRONG_TOKEN = "Invalid secret token";

	private static final BearerToken NOBODYS = BearerToken.of("there is no such sandbox");

	private final transient SandboxAccess sandboxes;

	private final transient Passage passage;

	public RelayServlet(SandboxAccess sandboxes, Passage passage, PublicAddress address) {
		super(ROUTE, address);
		this.sandboxes = sandboxes;
		this.passage = passage;
	}

	@Override
	void service(GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		Optional<Sandbox> sandbox = find(path.identity());
		BearerToken token = sandbox.map((found) -> BearerToken.of(found.token().secret())).orElse(NOBODYS);
		List<String> credentials = Collections.list(request.getHeaders("Authorization"));
		BearerToken.Verdict verdict = token.judge(credentials);
		if (verdict != BearerToken.Verdict.RIGHT || sandbox.isEmpty()) {
			ErrorDetail.write(response, HttpServletResponse.SC_FORBIDDEN,
					(verdict == BearerToken.Verdict.MISSING) ? NO_TOKEN : WRONG_TOKEN);
			return;
		}
		forwardOrTell(this.sandboxes, this.passage, "relay", path, response,
				(target) -> forward(target, path, request, response));
	}

	/** One that runs, is named by its id alone, and has no address of its own. */
	private Optional<Sandbox> find(String id) {
		try {
			return Optional.of(this.sandboxes.find(id))
				.filter((found) -> found.id().value().equals(id) && found.state() == SandboxState.RUNNING
						&& found.requirePlacement().endpoint().socket().isPresent());
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			return Optional.empty();
		}
	}

	private void forward(Sandbox sandbox, GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		ForwardTarget target = ForwardTarget.withToken(sandbox, path.rest(), request.getQueryString());
		this.passage.let(sandbox, target, AnswerRewriter.UNTOUCHED, request, response);
	}

	/** What runs in a sandbox decides which methods it knows. */
	@Override
	boolean allows(HttpServletRequest request) {
		return true;
	}

	@Override
	String allowed() {
		return "";
	}

}
