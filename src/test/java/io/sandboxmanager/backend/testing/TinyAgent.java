package io.sandboxmanager.backend.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;

import io.sandboxmanager.sandbox.Endpoint;

/** Answers on a port of its own as the agent in a sandbox does. */
final class TinyAgent implements AutoCloseable {

	private final HttpServer server;

	private TinyAgent(HttpServer server) {
		this.server = server;
	}

	static TinyAgent start(HttpHandler handler) {
		try {
			HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			server.createContext("/", handler);
			server.start();
			return new TinyAgent(server);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Answers {@code OK} to the question whether it is well, and 404 to all else. */
	static void healthy(HttpExchange exchange) throws IOException {
		String path = exchange.getRequestURI().getPath();
		boolean known = path.equals("/healthz") || path.equals("/fastapi/healthz");
		byte[] body = (known ? "OK" : "not found").getBytes(StandardCharsets.UTF_8);
		try (exchange) {
			exchange.sendResponseHeaders(known ? 200 : 404, body.length);
			exchange.getResponseBody().write(body);
		}
	}

	Endpoint endpoint() {
		return new Endpoint(URI.create("http://127.0.0.1:" + this.server.getAddress().getPort()));
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

}
