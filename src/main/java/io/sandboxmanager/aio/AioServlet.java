package io.sandboxmanager.aio;

import java.io.IOException;
import java.util.List;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.UpstreamException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.security.RequestOwner;

/**
 * {@code /v1/...}, {@code /mcp} and {@code /vnc/...}: the API of AIO Sandbox for clients
 * that know one address and name their session in a header. Each session has a sandbox of
 * its own, which is made when it is first called.
 */
public class AioServlet extends HttpServlet {

	/** Where it is found. */
	public static final List<String> ROUTES = List.of("/v1/*", "/mcp", "/mcp/*", "/vnc/*");

	/** Names the session of a request. */
	static final String SESSION = "X-Session-ID";

	private static final int LONGEST_SESSION = 200;

	private static final String RETRY_AFTER = "1";

	private static final Logger logger = LoggerFactory.getLogger(AioServlet.class);

	private final transient AioSessions sessions;

	private final transient Passage passage;

	private final transient AioBrowser browser;

	private final transient AioScreen screen;

	private final transient AioDocuments documents = new AioDocuments();

	public AioServlet(AioSessions sessions, Passage passage, AioBrowser browser, AioScreen screen) {
		this.sessions = sessions;
		this.passage = passage;
		this.browser = browser;
		this.screen = screen;
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (!GatewayPath.staysInside(request.getRequestURI())) {
			AioAnswer.fail(response, HttpServletResponse.SC_NOT_FOUND, "there is no such path", "leave .. out of it");
			return;
		}
		try {
			if (!this.documents.answer(request, response) && !this.screen.show(request, response)) {
				serve(request.getHeader(SESSION), request, response);
			}
		}
		catch (UpstreamException ex) {
			logger.info("Not forwarded: {}", ex.getMessage());
			ex.retryAfter().ifPresent((seconds) -> response.setHeader("Retry-After", seconds));
			AioAnswer.fail(response, ex.getStatus(), String.valueOf(ex.getMessage()), "try again");
		}
		catch (SandboxException ex) {
			AioFailure failure = AioFailure.of(ex);
			logger.info("Not forwarded, for there is no sandbox: {}", ex.getMessage());
			if (failure.isPassing()) {
				response.setHeader("Retry-After", RETRY_AFTER);
			}
			AioAnswer.fail(response, failure.status(), String.valueOf(ex.getMessage()), failure.hint());
		}
	}

	/** A path with a slash at its end is the same to a sandbox. */
	static String pathOf(HttpServletRequest request) {
		String path = request.getRequestURI();
		return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
	}

	private void serve(@Nullable String session, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		String mistake = mistakeIn(session);
		if (session == null || mistake != null) {
			AioAnswer.fail(response, HttpServletResponse.SC_BAD_REQUEST, String.valueOf(mistake),
					"send the header " + SESSION + ": one name for all calls that are to share a sandbox");
			return;
		}
		this.passage.call(this.sessions.sandboxOf(session, RequestOwner.of(request)),
				(sandbox) -> forward(sandbox, request, response));
	}

	private static @Nullable String mistakeIn(@Nullable String session) {
		if (session == null || session.isBlank()) {
			return "the request names no session";
		}
		return (session.length() > LONGEST_SESSION)
				? "the session's name has " + session.length() + " characters of at most " + LONGEST_SESSION : null;
	}

	private void forward(Sandbox sandbox, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		if (AioBrowser.isAskedFor(request)) {
			this.browser.tell(sandbox, request, response);
			return;
		}
		this.passage.let(sandbox, ForwardTarget.withToken(sandbox, AioScreen.pathIn(request), request.getQueryString()),
				AnswerRewriter.UNTOUCHED, request, response);
	}

}
