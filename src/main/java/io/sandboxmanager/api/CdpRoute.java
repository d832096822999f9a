package io.sandboxmanager.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.Entry;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PassedRequest;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.ShortAnswers.Answer;
import io.sandboxmanager.gateway.UpgradeRequest;
import io.sandboxmanager.gateway.Visit;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * {@code /sandboxes/{identity}/cdp}: the browser of a sandbox over the Chrome DevTools
 * Protocol. It is a WebSocket to the whole browser; below it are {@code /json/…}, what
 * the browser says of itself, and {@code /devtools/…}, the WebSockets that this names.
 */
final class CdpRoute implements SandboxRoute {

	private static final String SEGMENT = "cdp";

	private static final Pattern SAYS = Pattern
		.compile("/json(/(version|list|protocol|new|activate/[A-Za-z0-9._-]+|close/[A-Za-z0-9._-]+))?/?");

	private static final Set<String> METHODS = Set.of("GET", "PUT");

	private final SandboxAccess sandboxes;

	private final TemplateCatalogue catalogue;

	private final Passage passage;

	private final Tickets tickets;

	private final PublicAddress address;

	CdpRoute(SandboxAccess sandboxes, TemplateCatalogue catalogue, Passage passage, Tickets tickets,
			PublicAddress address) {
		this.sandboxes = sandboxes;
		this.catalogue = catalogue;
		this.passage = passage;
		this.tickets = tickets;
		this.address = address;
	}

	@Override
	public boolean takes(Visit visit) {
		return SEGMENT.equals(visit.path().firstSegment());
	}

	@Override
	public Purpose purpose() {
		return Purpose.CDP;
	}

	@Override
	public void receive(Visit visit, Entry entry, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		this.passage.call(this.sandboxes.reach(visit.path().identity()),
				(sandbox) -> answer(sandbox, visit, entry, request, response));
	}

	private void answer(Sandbox sandbox, Visit visit, Entry entry, HttpServletRequest request,
			HttpServletResponse response) throws ServletException, IOException {
		int port = this.catalogue.exposureOf(sandbox.kind().type())
			.cdp()
			.orElseThrow(() -> new NoBrowserException(sandbox));
		String rest = visit.path().descend().rest();
		if (UpgradeRequest.isWebSocket(request)) {
			String path = CdpAddresses.isDebugger(rest) ? rest : isTop(rest) ? debugger(sandbox, port) : null;
			if (path != null) {
				// a browser refuses pages of other origins; who may come was decided here
				this.passage.let(sandbox, entry, target(sandbox, port, path, visit.query()), AnswerRewriter.UNTOUCHED,
						new PassedRequest(request).without("Origin"), response);
				return;
			}
		}
		else if (SAYS.matcher(rest).matches() && METHODS.contains(request.getMethod())) {
			tell(sandbox, port, rest, visit, entry, request, response);
			return;
		}
		Problem.NOT_FOUND.write(response, "a browser has a WebSocket here, /json/version, /json/list and the like, "
				+ "and the WebSockets that these name");
	}

	private static boolean isTop(String rest) {
		return rest.isEmpty() || rest.equals("/");
	}

	private static ForwardTarget target(Sandbox sandbox, int port, String path, @Nullable String query) {
		return ForwardTarget.withToken(sandbox, "/ports/" + port + path, query);
	}

	/** It has another one each time that the browser starts. */
	private String debugger(Sandbox sandbox, int port) {
		Answer version = this.passage.ask(sandbox, target(sandbox, port, "/json/version", null), "GET");
		Optional<String> path = (version.status() == HttpServletResponse.SC_OK) ? CdpAddresses.browser(version.body())
				: Optional.empty();
		return path.orElseThrow(() -> new BrowserSilentException(sandbox, port, "status " + version.status()));
	}

	private void tell(Sandbox sandbox, int port, String rest, Visit visit, Entry entry, HttpServletRequest request,
			HttpServletResponse response) throws IOException {
		Answer answer = this.passage.ask(sandbox, target(sandbox, port, rest, visit.query()), request.getMethod());
		CdpAddresses addresses = new CdpAddresses(this.address.webSocketsOf(request) + visit.home() + "/" + SEGMENT,
				ticket(sandbox, entry));
		Optional<String> json = addresses.rewrite(answer.body());
		byte[] body = json.orElse(answer.body()).getBytes(StandardCharsets.UTF_8);
		response.setStatus(answer.status());
		response.setContentType((json.isPresent() ? "application/json" : "text/plain") + ";charset=UTF-8");
		response.setHeader("Cache-Control", "no-store");
		response.setHeader("Content-Security-Policy", "sandbox allow-scripts allow-forms");
		response.setHeader("X-Content-Type-Options", "nosniff");
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

	/** Whoever has come without one may hand the address on to who has nothing else. */
	private String ticket(Sandbox sandbox, Entry entry) {
		return (entry.text() != null) ? entry.text() : this.tickets.issue(sandbox.id(), Set.of(Purpose.CDP)).text();
	}

}
