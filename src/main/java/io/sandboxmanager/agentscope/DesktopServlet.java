package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.StringUtils;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.Entry;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.OwnHost;
import io.sandboxmanager.gateway.OwnHostRewriter;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PassedRequest;
import io.sandboxmanager.gateway.PrefixRewriter;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.SandboxDoor;
import io.sandboxmanager.gateway.TicketRevokedException;
import io.sandboxmanager.gateway.UpgradeRequest;
import io.sandboxmanager.gateway.UpstreamException;
import io.sandboxmanager.gateway.Visit;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.security.Purpose;

/**
 * {@code /desktop/{name}/{path}}: the pages of a sandbox's desktop, and
 * {@code /desktop/{name}}: its WebSocket. The sandbox's token is never lent here, and the
 * API inside it is not part of its desktop.
 */
public class DesktopServlet extends GatewayServlet {

	/** Where it is found. */
	public static final String ROUTE = "/desktop/";

	private static final Logger logger = LoggerFactory.getLogger(DesktopServlet.class);

	/** What a desktop consists of: an image may have anything else beside it. */
	private static final Set<String> PARTS = Set.of("vnc", "websockify");

	private final transient SandboxAccess sandboxes;

	private final transient SandboxDoor door;

	private final transient Passage passage;

	public DesktopServlet(SandboxAccess sandboxes, SandboxDoor door, Passage passage, PublicAddress address) {
		super(ROUTE, address);
		this.sandboxes = sandboxes;
		this.door = door;
		this.passage = passage;
	}

	/** Serves a desktop on a host of its own. */
	public void serve(OwnHost host, GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		serve(path, request, response);
	}

	@Override
	void service(GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		Visit visit = Visit.of(path, request);
		Optional<Entry> entry = this.door.admit(visit, request, Purpose.VNC);
		if (entry.isEmpty()) {
			refuse(response);
			return;
		}
		try {
			show(this.sandboxes.reach(path.identity()), entry.get(), visit, request, response);
		}
		catch (UpstreamException ex) {
			tell(ex, "Upstream request failed: ", response);
		}
		catch (TicketRevokedException ex) {
			refuse(response);
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			logger.debug("Not forwarded", ex);
			response.setStatus(HttpServletResponse.SC_NOT_FOUND);
		}
	}

	private static void refuse(HttpServletResponse response) throws IOException {
		response.setHeader("WWW-Authenticate", "Bearer");
		ErrorDetail.write(response, HttpServletResponse.SC_UNAUTHORIZED, "Authentication required");
	}

	private void show(Sandbox sandbox, Entry entry, Visit visit, HttpServletRequest request,
			HttpServletResponse response) throws ServletException, IOException {
		if (!isPartOfDesktop(visit)) {
			response.setStatus(HttpServletResponse.SC_NOT_FOUND);
			return;
		}
		SandboxDoor.announce(request, response);
		Optional<String> elsewhere = this.door.remember(new OwnHost(sandbox.id(), OwnHost.SCREEN), visit.path().rest(),
				entry, visit, visit.queryWithPassword(), request, response);
		if (elsewhere.isPresent()) {
			response.setStatus(HttpServletResponse.SC_FOUND);
			response.setHeader("Location", elsewhere.get());
			return;
		}
		this.passage.call(sandbox, (reached) -> forward(reached, entry, visit, request, response));
	}

	private void forward(Sandbox sandbox, Entry entry, Visit visit, HttpServletRequest request,
			HttpServletResponse response) throws ServletException, IOException {
		ForwardTarget target = ForwardTarget.withoutToken(sandbox, upstreamPath(visit, request), visit.query());
		AnswerRewriter rewriter = OwnHostRewriter.where(visit.path(),
				new PrefixRewriter(visit.path().seenPrefix(), target.base()));
		this.passage.let(sandbox, entry, target, rewriter, new PassedRequest(request), response);
	}

	private static String upstreamPath(Visit visit, HttpServletRequest request) {
		String rest = visit.path().rest();
		boolean bare = rest.isEmpty() || rest.equals("/");
		return !bare ? rest : UpgradeRequest.isWebSocket(request) ? "/websockify" : "/";
	}

	private static boolean isPartOfDesktop(Visit visit) {
		String rest = StringUtils.uriDecode(visit.path().rest(), StandardCharsets.UTF_8);
		return Arrays.stream(rest.split("[/\\\\;]"))
			.filter((segment) -> !segment.isEmpty() && !".".equals(segment))
			.findFirst()
			.map(PARTS::contains)
			.orElse(true);
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
