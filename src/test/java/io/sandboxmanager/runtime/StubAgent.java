package io.sandboxmanager.runtime;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;

/** An agent that answers what a test tells it and remembers what it was asked. */
final class StubAgent implements AutoCloseable {

	private final HttpServer server;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	final List<Asked> asked = new CopyOnWriteArrayList<>();

	/** One request as it arrived. */
	record Asked(String method, String path, String authorization, String body) {
	}

	private StubAgent(HttpServer server) {
		this.server = server;
		server.setExecutor(this.threads);
		server.start();
	}

	static StubAgent start() throws IOException {
		InetAddress loopback = InetAddress.getLoopbackAddress();
		return new StubAgent(HttpServer.create(new InetSocketAddress(loopback, 0), 0));
	}

	URI url() {
		return URI.create("http://127.0.0.1:" + this.server.getAddress().getPort());
	}

	void answer(String path, int status, String body) {
		answer(path, status, body.getBytes(StandardCharsets.UTF_8));
	}

	void answer(String path, int status, byte[] body) {
		handle(path, (exchange) -> {
			exchange.sendResponseHeaders(status, (body.length > 0) ? body.length : -1);
			exchange.getResponseBody().write(body);
		});
	}

	void handle(String path, HttpHandler handler) {
		this.server.createContext(path, (exchange) -> {
			try (exchange) {
				remember(exchange);
				handler.handle(exchange);
			}
		});
	}

	private void remember(HttpExchange exchange) throws IOException {
		String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
		this.asked.add(new Asked(exchange.getRequestMethod(), exchange.getRequestURI().toString(),
				String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")), body));
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

}
