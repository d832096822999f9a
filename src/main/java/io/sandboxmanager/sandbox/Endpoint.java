package io.sandboxmanager.sandbox;

import java.net.URI;
import java.nio.file.Path;
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
	private static final String SOCKET_HOST = "http://localhost";

	/** A Unix domain socket. */
	public static Endpoint ofSocket(Path socket) {
		return new Endpoint(URI.create(SOCKET_SCHEME + "://" + socket.toAbsolutePath().toUri().getRawPath()));
	}

	/** The Unix domain socket to connect to, if it is one. */
	public Optional<Path> socket() {
		return SOCKET_SCHEME.equals(this.url.getScheme()) ? Optional.of(Path.of(this.url.getPath())) : Optional.empty();
	}

	public int port() {
		return (this.url.getPort() != -1) ? this.url.getPort() : "https".equals(this.url.getScheme()) ? 443 : 80;
	}

	/**
	 * The address of a path at this endpoint, as HTTP writes it; {@code path} begins with
	 * a slash.
	 */
	public URI resolve(String path) {
		return URI.create((socket().isPresent() ? SOCKET_HOST : this.url) + path);
	}

	@Override
	public String toString() {
		return this.url.toString();
	}

}
