package io.sandboxmanager.gateway;

import java.io.IOException;
import java.util.Optional;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * Leads what is sent to a sandbox's own host there, whatever its path is: nothing of this
 * server is found on such a host. What it answers is for its own pages: a browser sends
 * its cookie with what those of another sandbox load, too.
 */
public final class OwnHostFilter extends HttpFilter {

	private final transient SandboxDomain domain;

	private final transient Handler ports;

	private final transient Handler screens;

	public OwnHostFilter(SandboxDomain domain, Handler ports, Handler screens) {
		this.domain = domain;
		this.ports = ports;
		this.screens = screens;
	}

	@Override
	protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		Optional<OwnHost> host = this.domain.of(request);
		if (host.isEmpty()) {
			chain.doFilter(request, response);
			return;
		}
		Optional<GatewayPath> path = host.get().path(request);
		response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
		if (path.isPresent()) {
			(host.get().isScreen() ? this.screens : this.ports).serve(host.get(), path.get(), request, response);
		}
		else {
			response.setStatus(HttpServletResponse.SC_NOT_FOUND);
		}
	}

	/** Serves the hosts of one kind of place. */
	@FunctionalInterface
	public interface Handler {

		void serve(OwnHost host, GatewayPath path, HttpServletRequest request, HttpServletResponse response)
				throws ServletException, IOException;

	}

}
