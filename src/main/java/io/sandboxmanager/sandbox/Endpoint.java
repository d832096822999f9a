package io.sandboxmanager.sandbox;

import java.net.URI;

/**
 * Where the agent inside a sandbox answers.
 *
 * @param url scheme, host and port (and a path prefix if any) without a trailing slash
 */
public record Endpoint(URI url) {

	public int port() {
		return (this.url.getPort() != -1) ? this.url.getPort() : "https".equals(this.url.getScheme()) ? 443 : 80;
	}

	/** The address of a path at this endpoint; {@code path} begins with a slash. */
	public URI resolve(String path) {
		return URI.create(this.url + path);
	}

	@Override
	public String toString() {
		return this.url.toString();
	}

}
