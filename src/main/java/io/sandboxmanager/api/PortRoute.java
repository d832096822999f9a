package io.sandboxmanager.api;

import java.io.IOException;
import java.util.Optional;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import io.sandboxmanager.gateway.Entry;
import io.sandboxmanager.gateway.OwnHost;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.SandboxDoor;
import io.sandboxmanager.gateway.UpgradeRequest;
import io.sandboxmanager.gateway.Visit;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * {@code /sandboxes/{identity}/ports/{port}/{path}}: what listens inside a sandbox, where
 * its type opens the port.
 */
final class PortRoute implements SandboxRoute {

	private final SandboxAccess sandboxes;

	private final TemplateCatalogue catalogue;

	private final SandboxDoor door;

	private final Passage passage;

	PortRoute(SandboxAccess sandboxes, TemplateCatalogue catalogue, SandboxDoor door, Passage passage) {
		this.sandboxes = sandboxes;
		this.catalogue = catalogue;
		this.door = door;
		this.passage = passage;
	}

	@Override
	public boolean takes(Visit visit) {
		return PortVisit.of(visit).isPresent();
	}

	@Override
	public Purpose purpose() {
		return Purpose.PORTS;
	}

	@Override
	public void receive(Visit visit, Entry entry, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		receive(PortVisit.of(visit).orElseThrow(), entry, request, response);
	}

	/** Answers a visitor of a port, however it was named. */
	void receive(PortVisit port, Entry entry, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		Visit visit = port.visit();
		Sandbox sandbox = this.sandboxes.reach(visit.path().identity());
		Exposure exposure = this.catalogue.exposureOf(sandbox.kind().type());
		if (!exposure.opens(port.port())) {
			throw new PortNotAllowedException(sandbox, port.port(), exposure);
		}
		if (isPreflight(request)) {
			allow(request, response);
			return;
		}
		OwnHost host = new OwnHost(sandbox.id(), String.valueOf(port.port()));
		Optional<String> elsewhere = this.door
			.remember(host, port.asked(), entry, visit, visit.queryFor(sandbox), request, response)
			.or(() -> withSlash(port, request));
		if (elsewhere.isPresent()) {
			response.setStatus(HttpServletResponse.SC_TEMPORARY_REDIRECT);
			response.setHeader("Location", elsewhere.get());
			return;
		}
		this.passage.call(sandbox, (reached) -> this.passage.let(reached, entry, port.target(reached),
				port.rewriter(reached, request), port.passed(request), response));
	}

	/** Without it a browser takes relative addresses for those of other ports. */
	private static Optional<String> withSlash(PortVisit port, HttpServletRequest request) {
		if (!port.path().rest().isEmpty() || UpgradeRequest.isWebSocket(request)) {
			return Optional.empty();
		}
		String query = (request.getQueryString() != null) ? "?" + request.getQueryString() : "";
		return Optional.of(port.path().seenPrefix() + "/" + query);
	}

	/** A page of the sandbox asks the browser whether it may ask its own port. */
	private static boolean isPreflight(HttpServletRequest request) {
		return "OPTIONS".equals(request.getMethod()) && "null".equals(request.getHeader("Origin"))
				&& request.getHeader("Access-Control-Request-Method") != null;
	}

	private static void allow(HttpServletRequest request, HttpServletResponse response) {
		response.setStatus(HttpServletResponse.SC_NO_CONTENT);
		response.setHeader("Access-Control-Allow-Methods", request.getHeader("Access-Control-Request-Method"));
		String headers = request.getHeader("Access-Control-Request-Headers");
		if (headers != null) {
			response.setHeader("Access-Control-Allow-Headers", headers);
		}
	}

}
