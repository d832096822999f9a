package io.sandboxmanager.api;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;

import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.UpgradeRequest;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.template.TemplateCatalogue;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /sandboxes/{identity}/ports/{port}/{path}}: what listens inside a sandbox, where
 * its type opens the port.
 */
public class SandboxServlet extends HttpServlet {

	/** Where it is found. */
	public static final String ROUTE = "/sandboxes/";

	private static final Logger logger = LoggerFactory.getLogger(SandboxServlet.class);

	/** They are about the connection or show what was sent, credentials included. */
	private static final Set<String> FORBIDDEN_METHODS = Set.of("CONNECT", "TRACE", "TRACK");

	private final transient SandboxAccess sandboxes;

	private final transient TemplateCatalogue catalogue;

	private final transient Passage passage;

	public SandboxServlet(SandboxAccess sandboxes, TemplateCatalogue catalogue, Passage passage) {
		this.sandboxes = sandboxes;
		this.catalogue = catalogue;
		this.passage = passage;
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (FORBIDDEN_METHODS.contains(request.getMethod())) {
			Problem.METHOD_NOT_ALLOWED.write(response, request.getMethod() + " is not passed on to sandboxes");
			return;
		}
		try {
			Optional<PortVisit> visit = GatewayPath.of(ROUTE, request)
				.filter((path) -> PortVisit.SEGMENT.equals(path.firstSegment()))
				.flatMap((path) -> PortVisit.of(path, request.getQueryString()));
			if (visit.isPresent()) {
				visit(visit.get(), request, response);
			}
			else {
				Problem.NOT_FOUND.write(response,
						"there is nothing here: ports of sandboxes are at /sandboxes/{id}/ports/{1 to 65535}/");
			}
		}
		catch (SandboxException ex) {
			logger.info("Not forwarded: {}", ex.getMessage());
			Problem.of(ex).write(response, String.valueOf(ex.getMessage()));
		}
	}

	private void visit(PortVisit visit, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (visit.path().rest().isEmpty() && !UpgradeRequest.isWebSocket(request)) {
			String query = (request.getQueryString() != null) ? "?" + request.getQueryString() : "";
			response.setStatus(HttpServletResponse.SC_TEMPORARY_REDIRECT);
			response.setHeader("Location", visit.path().prefix() + "/" + query);
			return;
		}
		Sandbox sandbox = this.sandboxes.reach(visit.path().identity());
		Exposure exposure = this.catalogue.exposureOf(sandbox.kind().type());
		if (!exposure.opens(visit.port())) {
			throw new PortNotAllowedException(sandbox, visit.port(), exposure);
		}
		this.passage.let(sandbox, visit.target(sandbox), visit.rewriter(sandbox, request), visit.passed(request),
				response);
	}

}
