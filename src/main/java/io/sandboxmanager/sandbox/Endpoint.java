package io.sandboxmanager.sandbox;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * Where the agent inside a sandbox answers: an address of the network, or a Unix domain
 * socket of this machine.
 *
 * @param url scheme, host and port (and a path prefix if any) without a trailing slash;
 * or {@code unix:} and the absolute path of a socket
 */
public record Endpoint(URI url) {

	private static final String SOCKET_SCHEME = "unix";

	/** What HTTP calls a server that has no address. */
	private static final URI SOCKET_HOST = URI.create("http://localhost");

	/** A Unix domain socket, named by its absolute path. */
	public static Endpoint ofSocket(String path) {
		try {
			return new Endpoint(new URI(SOCKET_SCHEME, "", path, null));
		}
		catch (URISyntaxException ex) {
			throw new IllegalArgumentException(path + " is no absolute path", ex);
		}
	}

	/** The path of the Unix domain socket to connect to, if it is one. */
	public Optional<String> socket() {
		return SOCKET_SCHEME.equals(this.url.getScheme()) ? Optional.of(this.url.getPath()) : Optional.empty();
	}

	public int port() {
		return (this.url.getPort() != -1) ? this.url.getPort() : "https".equals(this.url.getScheme()) ? 443 : 80;
	}

	/**
	 * The address of a path at this endpoint, as HTTP writes it; {@code path} is empty or
	 * begins with a slash.
	 */
	public URI resolve(String path) {
		URI base = socket().isPresent() ? SOCKET_HOST : this.url;
		return path.isEmpty() ? base : URI.create(base + path);
	}

	@Override
	public String toString() {
		return this.url.toString();
	}

}
