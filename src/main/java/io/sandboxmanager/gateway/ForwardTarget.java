package io.sandboxmanager.gateway;

import java.net.URI;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.Sandbox;

/**
 * What a request is forwarded to.
 *
 * @param name the sandbox, as error texts call it
 * @param endpoint where it answers
 * @param path what to ask there, percent-encoded, beginning with a slash
 * @param query the query string as it came, without its question mark
 * @param authorization what opens it, or {@code null} to send none
 * @param session what a platform that tells instances apart by a header knows it by
 */
public record ForwardTarget(String name, Endpoint endpoint, String path, @Nullable String query,
		@Nullable String authorization, String session) {

	/** A path of the sandbox, opened with its own token. */
	public static ForwardTarget withToken(Sandbox sandbox, String path, @Nullable String query) {
		return of(sandbox, path, query, "Bearer " + sandbox.token().secret());
	}

	/** A path of the sandbox that needs no token. */
	public static ForwardTarget withoutToken(Sandbox sandbox, String path, @Nullable String query) {
		return of(sandbox, path, query, null);
	}

	private static ForwardTarget of(Sandbox sandbox, String path, @Nullable String query,
			@Nullable String authorization) {
		return new ForwardTarget(sandbox.name(), sandbox.requirePlacement().endpoint(), path, query, authorization,
				"s" + sandbox.id());
	}

	/** Its address as HTTP writes it. */
	public URI base() {
		return this.endpoint.resolve("");
	}

	/** The request target: path and query below the sandbox's address. */
	String requestTarget() {
		String prefix = base().getRawPath();
		return prefix + this.path + ((this.query != null) ? "?" + this.query : "");
	}

	int port() {
		return this.endpoint.port();
	}

	boolean isSecure() {
		return "https".equals(this.endpoint.url().getScheme());
	}

	/** Names the sandbox only: the rest may be secret. */
	@Override
	public String toString() {
		return "sandbox " + this.name;
	}

}
