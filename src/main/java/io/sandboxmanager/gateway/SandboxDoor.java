package io.sandboxmanager.gateway;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.security.DoorPolicy;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.security.Tickets.Issued;

/**
 * Decides who may see what of a sandbox. Callers of the server may see everything. A
 * browser has no place for the server's token: it shows a ticket, or once the sandbox's
 * own token as a password, and gets a ticket for later.
 */
public final class SandboxDoor {

	/** What a browser shows after it was let in by the query. */
	static final String COOKIE = RequestHeaders.OWN_COOKIES + "ticket";

	private static final int MOST_COOKIES = 4;

	/** What browsers say of requests that other sites cause. */
	private static final Set<String> FOREIGN = Set.of("cross-site", "same-site");

	private final DoorPolicy policy;

	private final Tickets tickets;

	private final SandboxAccess sandboxes;

	private final SandboxDomain domain;

	private final PublicAddress address;

	public SandboxDoor(DoorPolicy policy, Tickets tickets, SandboxAccess sandboxes, SandboxDomain domain,
			PublicAddress address) {
		this.policy = policy;
		this.tickets = tickets;
		this.sandboxes = sandboxes;
		this.domain = domain;
		this.address = address;
	}

	/**
	 * Lets a visitor in, or not: to others a sandbox and nothing look the same.
	 * @throws StateUnavailableException when nobody knows
	 */
	public Optional<Entry> admit(Visit visit, HttpServletRequest request, Purpose purpose) {
		if (visit.showsTicket()) {
			Optional<Entry> shown = find(visit).flatMap((sandbox) -> byTicket(sandbox, visit, purpose));
			if (shown.isPresent()) {
				return shown;
			}
		}
		if (admitsCaller(request, purpose)) {
			return Optional.of(Entry.ofCaller(purpose));
		}
		List<String> cookies = isOwnPage(request) ? cookiesOf(request) : List.of();
		return cookies.isEmpty() ? Optional.empty()
				: find(visit).flatMap((sandbox) -> byCookie(sandbox, cookies, purpose));
	}

	/**
	 * Lets in who shows a ticket where the address names no sandbox, because the ticket
	 * does.
	 * @throws StateUnavailableException when nobody knows
	 */
	public Optional<Entry> admitByTicket(Visit visit, Purpose purpose) {
		String text = visit.queryTicket();
		return (text == null) ? Optional.empty()
				: this.tickets.check(text, purpose).map((ticket) -> Entry.by(ticket, text, true, purpose));
	}

	private Optional<Entry> byTicket(Sandbox sandbox, Visit visit, Purpose purpose) {
		return check(visit.pathTicket(), sandbox, purpose, false)
			.or(() -> check(visit.queryTicket(), sandbox, purpose, true))
			.or(() -> Optional.ofNullable(visit.password())
				.filter(sandbox.token()::matches)
				.map((password) -> Entry.byPassword(purpose)));
	}

	private Optional<Entry> byCookie(Sandbox sandbox, List<String> cookies, Purpose purpose) {
		return cookies.stream().flatMap((cookie) -> check(cookie, sandbox, purpose, false).stream()).findFirst();
	}

	private Optional<Entry> check(@Nullable String text, Sandbox sandbox, Purpose purpose, boolean inQuery) {
		return (text == null) ? Optional.empty() : this.tickets.check(text, sandbox.id(), purpose)
			.map((ticket) -> Entry.by(ticket, text, inQuery, purpose));
	}

	private Optional<Sandbox> find(Visit visit) {
		try {
			return Optional.of(this.sandboxes.find(visit.path().identity()));
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			return Optional.empty();
		}
	}

	private boolean admitsCaller(HttpServletRequest request, Purpose purpose) {
		return this.policy.admitsCaller(request.getHeader("Authorization"), !isOwnPage(request), purpose);
	}

	/** Whoever follows a link to a page may come from anywhere. */
	private static boolean isCausedByOtherSite(HttpServletRequest request) {
		String site = request.getHeader("Sec-Fetch-Site");
		boolean follows = "GET".equals(request.getMethod()) && "navigate".equals(request.getHeader("Sec-Fetch-Mode"))
				&& "document".equals(request.getHeader("Sec-Fetch-Dest"));
		return site != null && FOREIGN.contains(site) && !follows;
	}

	/**
	 * Lets a browser keep what it was let in by. A page goes to the sandbox's own host,
	 * if there are such hosts; else there are a cookie, and for pages an address that has
	 * the ticket in its path and not in its query.
	 * @param host where pages are shown if there are such hosts
	 * @param rest path of the page there
	 * @param query what of the query the page needs
	 * @return where to send the browser, or empty to answer here
	 */
	public Optional<String> remember(OwnHost host, String rest, Entry entry, Visit visit, @Nullable String query,
			HttpServletRequest request, HttpServletResponse response) {
		return move(host, rest, entry, visit, query, request)
			.or(() -> keep(host.sandbox(), entry, visit, query, request, response));
	}

	private Optional<String> move(OwnHost host, String rest, Entry entry, Visit visit, @Nullable String query,
			HttpServletRequest request) {
		if (visit.path().isOnOwnHost() || !isPage(visit, request)) {
			return Optional.empty();
		}
		return this.domain.address(host, request).map((address) -> {
			// Others need nothing there either.
			boolean needsTicket = entry.ticket() != null || entry.inQuery();
			String shown = Visit.with(needsTicket ? ticketFor(host.sandbox(), entry).text() : null, query);
			return address + rest + (shown.isEmpty() ? "" : "?" + shown);
		});
	}

	/** For what somebody was let in for and nothing else. */
	private Issued ticketFor(SandboxId sandbox, Entry entry) {
		return (entry.ticket() != null) ? this.tickets.narrow(entry.ticket(), entry.purpose())
				: this.tickets.issue(sandbox, Set.of(entry.purpose()));
	}

	private Optional<String> keep(SandboxId sandbox, Entry entry, Visit visit, @Nullable String query,
			HttpServletRequest request, HttpServletResponse response) {
		if (!entry.inQuery() || UpgradeRequest.isWebSocket(request)) {
			return Optional.empty();
		}
		Issued kept = ticketFor(sandbox, entry);
		response.addHeader("Set-Cookie", COOKIE + "=" + kept.text() + "; Path=" + visit.cookiePath()
				+ "; HttpOnly; SameSite=Lax" + (isSecure(request) ? "; Secure" : ""));
		return Optional.of(visit.at(kept.text()) + ((query != null) ? "?" + query : ""))
			.filter((address) -> isPage(visit, request) && !address.equals(addressIn(request)));
	}

	/** Whoever says that he comes by TLS gets a cookie that goes nowhere else. */
	private boolean isSecure(HttpServletRequest request) {
		return request.isSecure() || this.address.isSecure(request)
				|| "https".equals(request.getHeader("X-Forwarded-Proto"));
	}

	private static String addressIn(HttpServletRequest request) {
		return request.getRequestURI() + "?" + request.getQueryString();
	}

	private static boolean isPage(Visit visit, HttpServletRequest request) {
		String accept = request.getHeader("Accept");
		return "GET".equals(request.getMethod()) && accept != null && accept.contains("text/html")
				&& visit.pathTicket() == null && request.getHeader("Authorization") == null;
	}

	/** Says what is to be said with everything that is shown to a visitor. */
	public static void announce(HttpServletRequest request, HttpServletResponse response) {
		response.setHeader("Referrer-Policy", "no-referrer");
		if ("null".equals(request.getHeader("Origin")) && !response.containsHeader("Access-Control-Allow-Origin")) {
			response.setHeader("Access-Control-Allow-Origin", "null");
		}
	}

	/** Browsers send cookies with what other sites ask of this one, and say so. */
	private static boolean isOwnPage(HttpServletRequest request) {
		String origin = request.getHeader("Origin");
		boolean own = origin == null || origin.endsWith("://" + request.getHeader("Host"));
		return own && !isCausedByOtherSite(request);
	}

	/**
	 * There may be more than one: those of other hosts of the same domain are sent along.
	 */
	private static List<String> cookiesOf(HttpServletRequest request) {
		return (request.getCookies() == null) ? List.of()
				: Arrays.stream(request.getCookies())
					.filter((cookie) -> COOKIE.equals(cookie.getName()))
					.map(Cookie::getValue)
					.limit(MOST_COOKIES)
					.toList();
	}

}
