package io.sandboxmanager.api;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.GatewayPath;
import io.sandboxmanager.gateway.OwnHostRewriter;
import io.sandboxmanager.gateway.PassedRequest;
import io.sandboxmanager.gateway.PortNumber;
import io.sandboxmanager.gateway.PrefixRewriter;
import io.sandboxmanager.gateway.Visit;
import io.sandboxmanager.sandbox.Sandbox;

/**
 * What a request asks of a port inside a sandbox:
 * {@code /sandboxes/{identity}/ports/{port}/{path}}.
 *
 * @param visit the request as a whole
 * @param path its path, the port counting as part of the prefix
 * @param folder the prefix below which all ports of the sandbox are seen
 */
record PortVisit(Visit visit, GatewayPath path, String folder, int port) {

	private static final String SEGMENT = "ports";

	/**
	 * Reads a request.
	 * @return empty if it names no port
	 */
	static Optional<PortVisit> of(Visit visit) {
		GatewayPath below = visit.path().descend();
		OptionalInt port = PortNumber.in(below.firstSegment());
		if (!SEGMENT.equals(visit.path().firstSegment()) || port.isEmpty()) {
			return Optional.empty();
		}
		return Optional.of(new PortVisit(visit, below.descend(), visit.path().seenPrefix(), port.getAsInt()));
	}

	/** A request to a host that the port has for itself. */
	static PortVisit onOwnHost(Visit visit, int port) {
		return new PortVisit(visit, visit.path(), "", port);
	}

	/** What is asked of the port: a path. */
	String asked() {
		return this.path.rest().isEmpty() ? "/" : this.path.rest();
	}

	/** The port, as the agent in the sandbox knows it. */
	ForwardTarget target(Sandbox sandbox) {
		return ForwardTarget.withToken(sandbox, "/ports/" + this.port + this.path.rest(), this.visit.queryFor(sandbox));
	}

	/** The agent adds the port to the prefix, but for the prefix of a host of its own. */
	HttpServletRequest passed(HttpServletRequest request) {
		return new PassedRequest(request).with("X-Forwarded-Prefix", this.folder.isEmpty() ? "/" : this.folder);
	}

	AnswerRewriter rewriter(Sandbox sandbox, HttpServletRequest request) {
		return OwnHostRewriter.where(this.path, new PortRewriter(this.path.seenPrefix(), asked(),
				ownAuthorities(request), new PrefixRewriter(this.path.seenPrefix(), target(sandbox).base())));
	}

	/** By what the service behind the port may mean itself, in lower case. */
	private Set<String> ownAuthorities(HttpServletRequest request) {
		Set<String> own = new HashSet<>();
		for (String name : new String[] { "localhost", "127.0.0.1", "[::1]" }) {
			own.add(name + ":" + this.port);
			own.add(name);
		}
		for (String header : new String[] { "Host", "X-Forwarded-Host" }) {
			Optional.ofNullable(request.getHeader(header)).ifPresent((host) -> own.add(host.toLowerCase(Locale.ROOT)));
		}
		return own;
	}

}
