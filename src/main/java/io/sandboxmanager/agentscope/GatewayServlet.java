package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.util.Optional;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.SandboxCall;
import io.sandboxmanager.gateway.UpstreamException;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * A route whose requests go to sandboxes. It is a servlet and not a controller because
 * nothing may look into what passes: Spring would parse multipart bodies and add to an
 * answer that broke off.
 */
abstract class GatewayServlet extends HttpServlet {

	private static final Logger logger = LoggerFactory.getLogger(GatewayServlet.class);

	private final String route;

	private final transient PublicAddress address;

	GatewayServlet(String route, PublicAddress address) {
		this.route = route;
		this.address = address;
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (refuses(request, response)) {
			return;
		}
		Optional<GatewayPath> path = GatewayPath.of(this.route, request, this.address);
		if (path.isEmpty()) {
			ErrorDetail.write(response, HttpServletResponse.SC_NOT_FOUND, "Not Found");
		}
		else if (path.get().rest().isEmpty() && !isComplete(request)) {
			String query = (request.getQueryString() != null) ? "?" + request.getQueryString() : "";
			response.setStatus(HttpServletResponse.SC_TEMPORARY_REDIRECT);
			response.setHeader("Location", path.get().seenPrefix() + "/" + query);
		}
		else {
			serveOrTell(path.get(), request, response);
		}
	}

	/** Answers a request whose path is known, if it is one that is served here. */
	final void serve(GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (!refuses(request, response)) {
			serveOrTell(path, request, response);
		}
	}

	private boolean refuses(HttpServletRequest request, HttpServletResponse response) throws IOException {
		if (!request.getProtocol().startsWith("HTTP/1.")) {
			ErrorDetail.write(response, HttpServletResponse.SC_HTTP_VERSION_NOT_SUPPORTED,
					"HTTP Version Not Supported");
			return true;
		}
		if (!allows(request)) {
			response.setHeader("Allow", allowed());
			ErrorDetail.write(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "Method Not Allowed");
			return true;
		}
		return false;
	}

	/** Without the state nobody knows whether there is such a sandbox. */
	private void serveOrTell(GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		try {
			service(path, request, response);
		}
		catch (StateUnavailableException ex) {
			logger.warn("Not forwarded: {}", ex.getMessage());
			response.setHeader("Retry-After", ErrorDetail.RETRY_AFTER);
			ErrorDetail.write(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, String.valueOf(ex.getMessage()));
		}
	}

	/**
	 * Forwards to a sandbox, or to its replacement when it came out of a pool dead; what
	 * cannot be forwarded is answered in the form of this wire.
	 * @param door what the route is called in the answer
	 */
	final void forwardOrTell(SandboxAccess sandboxes, Passage passage, String door, GatewayPath path,
			HttpServletResponse response, SandboxCall call) throws ServletException, IOException {
		try {
			passage.call(sandboxes.reach(path.identity()), call);
		}
		catch (UpstreamException ex) {
			tell(ex, door + " upstream error: ", response);
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			logger.debug("Not forwarded", ex);
			ErrorDetail.write(response, HttpServletResponse.SC_NOT_FOUND, "sandbox not found: " + path.identity());
		}
	}

	/**
	 * Says that nothing was forwarded.
	 * @param begin what the answer begins with
	 */
	static void tell(UpstreamException ex, String begin, HttpServletResponse response) throws IOException {
		logger.info("Not forwarded: {}", ex.getMessage());
		ex.retryAfter().ifPresent((seconds) -> response.setHeader("Retry-After", seconds));
		ErrorDetail.write(response, ex.getStatus(), begin + ex.getMessage());
	}

	/** Answers a request of an allowed method. */
	abstract void service(GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException;

	abstract boolean allows(HttpServletRequest request);

	abstract String allowed();

	/** Whether the request needs no path after the identity. */
	boolean isComplete(HttpServletRequest request) {
		return false;
	}

}
