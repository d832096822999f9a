package io.sandboxmanager.aio;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.Entry;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PassedRequest;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.SandboxDoor;
import io.sandboxmanager.gateway.TicketRevokedException;
import io.sandboxmanager.gateway.UpgradeRequest;
import io.sandboxmanager.gateway.Visit;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;

/**
 * {@code /vnc/...} for those who have nothing but an address with a ticket in it, which
 * says whose screen it opens.
 */
public final class AioScreen {

	/** Where it is found. */
	static final String ROUTE = "/vnc/";

	private static final String DESKTOP = "/desktop/";

	private static final String SOCKET = "/websockify";

	/**
	 * Where viewers look for the screen's WebSocket, whose own place is beside the pages.
	 */
	private static final Set<String> SOCKETS = Set.of(ROUTE, ROUTE + "websockify");

	private final SandboxDoor door;

	private final SandboxAccess sandboxes;

	private final Passage passage;

	private final PublicAddress address;

	public AioScreen(SandboxDoor door, SandboxAccess sandboxes, Passage passage, PublicAddress address) {
		this.door = door;
		this.sandboxes = sandboxes;
		this.passage = passage;
		this.address = address;
	}

	/** What is asked of a sandbox by a request. */
	static String pathIn(HttpServletRequest request) {
		String path = request.getRequestURI();
		return (UpgradeRequest.isWebSocket(request) && SOCKETS.contains(path)) ? SOCKET : path;
	}

	/**
	 * Answers whoever shows a ticket: connects a WebSocket with the screen, and sends
	 * others to the desktop, whose pages are kept apart from this server's origin.
	 * @return whether that is the answer
	 */
	boolean show(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
		String path = request.getRequestURI();
		if (!path.startsWith(ROUTE) || !Tickets.isShownIn(request.getQueryString())) {
			return false;
		}
		Visit visit = Visit.of(
				new GatewayPath("", this.address.prefixOf(request), ROUTE, path.substring(ROUTE.length() - 1)),
				request);
		Optional<Entry> entry = this.door.admitByTicket(visit, Purpose.VNC);
		try {
			if (entry.isEmpty()) {
				refuse(response);
			}
			else if (UpgradeRequest.isWebSocket(request)) {
				connect(entry.get(), visit, request, response);
			}
			else {
				sendToDesktop(entry.get().revocable().orElseThrow().sandbox(), request, response);
			}
		}
		catch (TicketRevokedException ex) {
			refuse(response);
		}
		return true;
	}

	private static void refuse(HttpServletResponse response) throws IOException {
		AioAnswer.fail(response, HttpServletResponse.SC_UNAUTHORIZED, "the ticket opens no screen",
				"ask " + AioBrowser.INFO + " for a new one");
	}

	private void connect(Entry entry, Visit visit, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		Sandbox sandbox = this.sandboxes.reach(entry.revocable().orElseThrow().sandbox().value());
		this.passage.let(sandbox, entry, ForwardTarget.withoutToken(sandbox, pathIn(request), visit.query()),
				AnswerRewriter.UNTOUCHED, new PassedRequest(request), response);
	}

	private void sendToDesktop(SandboxId sandbox, HttpServletRequest request, HttpServletResponse response) {
		response.setStatus(HttpServletResponse.SC_FOUND);
		response.setHeader("Referrer-Policy", "no-referrer");
		response.setHeader("Location", this.address.of(request) + DESKTOP + sandbox + request.getRequestURI() + "?"
				+ request.getQueryString());
	}

}
