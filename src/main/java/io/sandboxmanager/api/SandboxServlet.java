package io.sandboxmanager.api;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.gateway.Entry;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.OwnHost;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.SandboxDoor;
import io.sandboxmanager.gateway.TicketRevokedException;
import io.sandboxmanager.gateway.Visit;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * {@code /sandboxes/{identity}/…}: the ports of a sandbox that its type opens, and its
 * browser.
 */
public class SandboxServlet extends HttpServlet {

	/** Where it is found. */
	public static final String ROUTE = "/sandboxes/";

	private static final Logger logger = LoggerFactory.getLogger(SandboxServlet.class);

	/** They are about the connection or show what was sent, credentials included. */
	private static final Set<String> FORBIDDEN_METHODS = Set.of("CONNECT", "TRACE", "TRACK");

	private final transient SandboxDoor door;

	private final transient PublicAddress address;

	private final transient PortRoute ports;

	private final transient List<SandboxRoute> routes;

	public SandboxServlet(SandboxAccess sandboxes, TemplateCatalogue catalogue, SandboxDoor door, Passage passage,
			Tickets tickets, PublicAddress address) {
		this.door = door;
		this.address = address;
		this.ports = new PortRoute(sandboxes, catalogue, door, passage);
		this.routes = List.of(this.ports, new CdpRoute(sandboxes, catalogue, passage, tickets, address));
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (refusesMethod(request, response)) {
			return;
		}
		Optional<Visit> visit = GatewayPath.of(ROUTE, request, this.address).map((path) -> Visit.of(path, request));
		Optional<SandboxRoute> route = visit
			.flatMap((given) -> this.routes.stream().filter((candidate) -> candidate.takes(given)).findFirst());
		if (visit.isPresent() && route.isPresent()) {
			admit(visit.get(), route.get().purpose(), request, response,
					(entry) -> route.get().receive(visit.get(), entry, request, response));
		}
		else {
			Problem.NOT_FOUND.write(response, "there is nothing here: of a sandbox there are /sandboxes/{id}/ports/"
					+ "{1 to 65535}/ and /sandboxes/{id}/cdp");
		}
	}

	/** Serves a port of a sandbox on a host of its own. */
	public void serve(OwnHost host, GatewayPath path, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (!refusesMethod(request, response)) {
			Visit visit = Visit.of(path, request);
			PortVisit port = PortVisit.onOwnHost(visit, Integer.parseInt(host.place()));
			admit(visit, this.ports.purpose(), request, response,
					(entry) -> this.ports.receive(port, entry, request, response));
		}
	}

	private static boolean refusesMethod(HttpServletRequest request, HttpServletResponse response) throws IOException {
		if (!FORBIDDEN_METHODS.contains(request.getMethod())) {
			return false;
		}
		Problem.METHOD_NOT_ALLOWED.write(response, request.getMethod() + " is not passed on to sandboxes");
		return true;
	}

	private void admit(Visit visit, Purpose purpose, HttpServletRequest request, HttpServletResponse response,
			Reception reception) throws ServletException, IOException {
		try {
			Optional<Entry> entry = this.door.admit(visit, request, purpose);
			if (entry.isEmpty()) {
				refuse(response, purpose);
				return;
			}
			SandboxDoor.announce(request, response);
			reception.of(entry.get());
		}
		catch (TicketRevokedException ex) {
			refuse(response, purpose);
		}
		catch (SandboxException ex) {
			logger.info("Not forwarded: {}", ex.getMessage());
			Problem.of(ex).write(response, String.valueOf(ex.getMessage()));
		}
	}

	/** The same for what is there and for what is not. */
	private static void refuse(HttpServletResponse response, Purpose purpose) throws IOException {
		response.setHeader("WWW-Authenticate", "Bearer");
		Problem.UNAUTHENTICATED.write(response, "send the server's token, or a ticket for this sandbox that is for "
				+ purpose.name().toLowerCase(Locale.ROOT) + ", has not ended and was not revoked");
	}

	/** What is done for a visitor who was let in. */
	private interface Reception {

		void of(Entry entry) throws ServletException, IOException;

	}

}
