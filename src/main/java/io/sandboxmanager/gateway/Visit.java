package io.sandboxmanager.gateway;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Tickets;

/**
 * A request to a sandbox by somebody who may show a ticket:
 * {@code <route><identity>[/~{ticket}]<rest>}, and {@code ticket} or {@code password} in
 * the query. The ticket is in the path for pages, whose scripts and pictures a browser
 * loads without cookies because it keeps them apart from this server's origin.
 *
 * @param path the request's path, the ticket counting as part of the prefix
 * @param home the prefix without the ticket: below it all of this sandbox is found
 * @param pathTicket the ticket in the path
 * @param queryTicket the ticket in the query
 * @param password the password in the query
 * @param query the rest of the query
 * @param queryWithPassword the query with nothing but the ticket left out
 */
public record Visit(GatewayPath path, String home, @Nullable String pathTicket, @Nullable String queryTicket,
		@Nullable String password, @Nullable String query, @Nullable String queryWithPassword) {

	private static final String TICKET_MARK = "~";

	private static final String TICKET = "ticket";

	private static final String PASSWORD = "password";

	/** Reads a request; what looks like a ticket is one, good or not. */
	public static Visit of(GatewayPath path, HttpServletRequest request) {
		String first = path.firstSegment();
		boolean marked = !path.isOnOwnHost() && first.startsWith(TICKET_MARK);
		String query = request.getQueryString();
		List<String> parameters = (query != null) ? List.of(query.split("&", -1)) : List.of();
		return new Visit(marked ? path.descend() : path, path.prefix(),
				marked ? first.substring(TICKET_MARK.length()) : null, first(TICKET, parameters),
				first(PASSWORD, parameters), without(parameters, TICKET, PASSWORD), without(parameters, TICKET));
	}

	/**
	 * Where to find the same without a ticket in the query: with one in the path, but for
	 * a host of the sandbox's own, to which its pages send the cookie.
	 */
	String at(String ticket) {
		return this.path.isOnOwnHost() ? this.path.rest() : seenHome() + "/" + TICKET_MARK + ticket + this.path.rest();
	}

	private String seenHome() {
		return this.path.outer() + this.home;
	}

	/** For what a cookie is kept. */
	String cookiePath() {
		return this.path.isOnOwnHost() ? "/" : seenHome();
	}

	/**
	 * What the sandbox gets of the query: a password that does not open it is not for
	 * this server.
	 */
	public @Nullable String queryFor(Sandbox sandbox) {
		boolean opens = this.password != null && sandbox.token().matches(this.password);
		return opens ? this.query : this.queryWithPassword;
	}

	/** A part of the query with another ticket, or with none. */
	static String with(@Nullable String ticket, @Nullable String query) {
		return Stream.of(query, (ticket != null) ? TICKET + "=" + ticket : null)
			.filter(Objects::nonNull)
			.collect(Collectors.joining("&"));
	}

	/** Whether it shows anything that opens a sandbox, apart from cookies. */
	boolean showsTicket() {
		return this.pathTicket != null || this.queryTicket != null || this.password != null;
	}

	private static @Nullable String first(String name, List<String> parameters) {
		return parameters.stream()
			.filter((parameter) -> isOurs(name, parameter))
			.findFirst()
			.map(Visit::value)
			.orElse(null);
	}

	private static @Nullable String without(List<String> parameters, String... names) {
		List<String> rest = new ArrayList<>(parameters);
		rest.removeIf((parameter) -> Arrays.stream(names).anyMatch((name) -> isOurs(name, parameter)));
		return (rest.isEmpty() || rest.equals(List.of(""))) ? null : rest.stream().collect(Collectors.joining("&"));
	}

	/** Others may have tickets of their own. */
	private static boolean isOurs(String name, String parameter) {
		int equals = parameter.indexOf('=');
		boolean named = equals > 0 && name.equals(decode(parameter.substring(0, equals)));
		return named && (!TICKET.equals(name) || Tickets.isTicket(value(parameter)));
	}

	private static String value(String parameter) {
		return decode(parameter.substring(parameter.indexOf('=') + 1));
	}

	/** What cannot be decoded opens nothing. */
	private static String decode(String part) {
		try {
			return StringUtils.uriDecode(part, StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			return part;
		}
	}

}
