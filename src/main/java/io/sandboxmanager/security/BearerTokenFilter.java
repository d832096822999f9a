package io.sandboxmanager.security;

import java.io.IOException;
import java.util.List;
import java.util.Set;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.HttpHeaders;

import io.sandboxmanager.sandbox.Owner;

/**
 * Lets nobody in without the server's token, before anything is read of the body. What is
 * open is told by the path exactly as it was sent: any other spelling of it is guarded.
 */
public final class BearerTokenFilter extends HttpFilter {

	private static final Set<String> OPEN = Set.of("/health");

	/** The desktop decides by itself: a browser cannot send the token. */
	private static final String DESKTOP = "/desktop/";

	/** So do the ports and browsers of sandboxes. */
	private static final String SANDBOXES = "/sandboxes/";

	/** So does the relay, which a sandbox's own token opens. */
	private static final String RELAY = "/local/";

	/** Whoever shows a ticket here is sent to a desktop. */
	private static final String AIO_SCREEN = "/vnc/";

	/** Whose clients keep the token in the address. */
	private static final List<String> AIO = List.of("/v1/", "/mcp", AIO_SCREEN);

	private final transient BearerToken token;

	private final transient Refusal refusal;

	public BearerTokenFilter(BearerToken token, Refusal refusal) {
		this.token = token;
		this.refusal = refusal;
	}

	@Override
	protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		if (isOpen(request)) {
			chain.doFilter(request, response);
			return;
		}
		boolean aio = AIO.stream().anyMatch((route) -> isFor(route, request));
		switch (aio ? this.token.judgeAlsoAsPassword(request) : this.token.judge(request)) {
			case MISSING -> refuse(response, "Authentication required");
			case WRONG -> refuse(response, "Invalid authentication credentials");
			case RIGHT -> {
				RequestOwner.set(request, this.token.isRequired() ? RequestOwner.TOKEN : Owner.ANONYMOUS);
				chain.doFilter(request, response);
			}
		}
	}

	private static boolean isOpen(HttpServletRequest request) {
		return OPEN.contains(request.getRequestURI()) || isForTickets(request) || isFor(RELAY, request)
				|| (isFor(AIO_SCREEN, request) && Tickets.isShownIn(request.getQueryString()));
	}

	/**
	 * The container routes by the path it has decoded and made shorter, others may look
	 * at the path as it was sent: both must say that tickets are looked at.
	 */
	static boolean isForTickets(HttpServletRequest request) {
		return isFor(DESKTOP, request) || isFor(SANDBOXES, request);
	}

	private static boolean isFor(String route, HttpServletRequest request) {
		return request.getRequestURI().startsWith(route) && path(request).startsWith(route);
	}

	private static String path(HttpServletRequest request) {
		String rest = request.getPathInfo();
		return (rest != null) ? request.getServletPath() + rest : request.getServletPath();
	}

	private void refuse(HttpServletResponse response, String detail) throws IOException {
		response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
		this.refusal.write(response, HttpServletResponse.SC_UNAUTHORIZED, detail);
	}

}
