package io.sandboxmanager.system;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A page of a browser, driven by the Chrome DevTools Protocol. */
final class CdpPage implements AutoCloseable {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final HttpClient CLIENT = HttpClient.newHttpClient();

	private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

	private final WebSocket socket;

	private int calls;

	private CdpPage(URI address, String authorization) {
		this.socket = CLIENT.newWebSocketBuilder()
			.header("Authorization", authorization)
			.connectTimeout(LIMIT)
			.buildAsync(address, new Receiver(this.received))
			.join();
	}

	/**
	 * Opens a new page.
	 * @param base where the browser's {@code /json} is
	 */
	static CdpPage open(URI base, String authorization, String page) throws Exception {
		HttpRequest request = HttpRequest.newBuilder(base.resolve("json/new?about:blank"))
			.header("Authorization", authorization)
			.timeout(LIMIT)
			.PUT(HttpRequest.BodyPublishers.noBody())
			.build();
		String answer = CLIENT.send(request, BodyHandlers.ofString()).body();
		String id = JSON.readTree(answer).path("id").asString();
		URI socket = base.resolve("devtools/page/" + id);
		CdpPage opened = new CdpPage(URI.create("ws" + socket.toString().substring("http".length())), authorization);
		opened.call("Page.navigate", Map.of("url", page));
		return opened;
	}

	/** The value of an expression, as text. */
	String evaluate(String expression) {
		return call("Runtime.evaluate", Map.of("expression", "String(" + expression + ")")).path("result")
			.path("value")
			.asString("");
	}

	JsonNode call(String method, Map<String, ?> params) {
		int id = ++this.calls;
		this.socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", params)), true)
			.join();
		while (true) {
			JsonNode message = JSON.readTree(next());
			if (message.path("id").asInt(0) == id) {
				if (message.has("error")) {
					throw new AssertionError(method + ": " + message.path("error"));
				}
				return message.path("result");
			}
		}
	}

	private String next() {
		try {
			String message = this.received.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
			if (message == null) {
				throw new AssertionError("the browser says nothing");
			}
			return message;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		call("Page.close", Map.of());
		this.socket.abort();
	}

	private static final class Receiver implements WebSocket.Listener {

		private final BlockingQueue<String> received;

		private final StringBuilder text = new StringBuilder();

		Receiver(BlockingQueue<String> received) {
			this.received = received;
		}

		@Override
		public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
			this.text.append(data);
			if (last) {
				this.received.add(this.text.toString());
				this.text.setLength(0);
			}
			socket.request(1);
			return CompletableFuture.completedFuture(null);
		}

	}

}
