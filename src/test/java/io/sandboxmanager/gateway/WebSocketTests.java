package io.sandboxmanager.gateway;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

import static org.assertj.core.api.Assertions.assertThat;

/** A desktop's WebSocket is the sandbox's, byte for byte, from its first to its last. */
class WebSocketTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	private static final String ACCEPTED = """
			HTTP/1.1 101 Switching Protocols
			Upgrade: websocket
			Connection: Upgrade
			Sec-WebSocket-Accept: accepted
			Sec-WebSocket-Protocol: binary

			""";

	private static final int LARGE = 100 * 1024 * 1024;

	private static final int BUFFERED = 40 * 1024 * 1024;

	@Autowired
	private WebSocketForwarder forwarder;

	@AfterEach
	void nothingStaysOpen() {
		hangUp();
		Awaitility.await().until(() -> this.forwarder.open() == 0 && sandboxes().activities() == 0);
	}

	@Test
	void handshakeIsTheSandboxes() {
		Wire client = open("/desktop/" + sandbox().name() + "?password=" + password() + "&view=1",
				"Sec-WebSocket-Protocol: binary, base64", "Sec-WebSocket-Extensions: permessage-deflate");
		Wire server = upstream().accept();
		List<String> asked = server.head();
		assertThat(asked.get(0)).isEqualTo("GET /websockify?view=1 HTTP/1.1");
		assertThat(asked).contains("Sec-WebSocket-Key: key", "Sec-WebSocket-Protocol: binary, base64",
				"Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Version: 13", "Upgrade: websocket",
				"Connection: Upgrade");
		assertThat(Wire.values(asked, "Authorization")).isEmpty();
		server.send(ACCEPTED);
		List<String> answered = client.head();
		assertThat(answered.get(0)).startsWith("HTTP/1.1 101");
		assertThat(answered).contains("Sec-WebSocket-Accept: accepted", "Sec-WebSocket-Protocol: binary",
				"Upgrade: websocket");
		assertThat(Wire.values(answered, "Connection")).singleElement().asString().startsWith("Upgrade");
	}

	@Test
	void bytesPassBothWaysAsTheyAre() {
		Pair pair = pair();
		byte[] all = new byte[256];
		for (int i = 0; i < all.length; i++) {
			all[i] = (byte) i;
		}
		pair.client.send(all);
		assertThat(pair.server.bytes(256)).isEqualTo(all);
		pair.server.send(all);
		assertThat(pair.client.bytes(256)).isEqualTo(all);
		pair.client.send("again");
		assertThat(pair.server.text(5)).isEqualTo("again");
	}

	@Test
	void bytesThatComeWithTheHandshakeAreNotLost() {
		Wire client = open("/desktop/" + sandbox().name(), CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send(ACCEPTED + "early");
		client.head();
		assertThat(client.text(5)).isEqualTo("early");
	}

	@Test
	void bytesThatTheClientSendsEarlyAreNotLost() {
		Wire client = open("/desktop/" + sandbox().name(), CALLER).send("early");
		Wire server = upstream().accept();
		server.head();
		server.send(ACCEPTED);
		client.head();
		assertThat(server.text(5)).isEqualTo("early");
	}

	@Test
	void browserTalksWithTheSandbox() throws Exception {
		Listener listener = new Listener();
		CompletableFuture<WebSocket> opening = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.subprotocols("binary")
			.buildAsync(
					URI.create("ws://127.0.0.1:" + port() + "/desktop/" + sandbox().name() + "?password=" + password()),
					listener);
		Wire server = upstream().accept();
		String key = Wire.values(server.head(), "Sec-WebSocket-Key").get(0) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
		byte[] digest = MessageDigest.getInstance("SHA-1").digest(key.getBytes(StandardCharsets.US_ASCII));
		server.send(ACCEPTED.replace("accepted", Base64.getEncoder().encodeToString(digest)));
		WebSocket socket = opening.get(15, TimeUnit.SECONDS);
		assertThat(socket.getSubprotocol()).isEqualTo("binary");
		server.send(new byte[] { 0x01, 2, 'h', 'a', (byte) 0x80, 2, 'l', 'f' });
		listener.await("text half");
		server.send(new byte[] { (byte) 0x82, 3, 1, 2, 3 });
		listener.await("binary 3");
		server.send(new byte[] { (byte) 0x89, 1, 'p' });
		listener.await("ping 1");
		assertThat(server.bytes(2)).isEqualTo(new byte[] { (byte) 0x8a, (byte) 0x81 });
		server.bytes(5);
		server.send(new byte[] { (byte) 0x88, 4, 0x0f, (byte) 0xa1, 'n', 'o' });
		listener.await("close 4001 no");
		server.close();
	}

	@Test
	void floodTowardsTheSandboxWaitsForItAndArrivesWhole() {
		Pair pair = pair();
		Flood flood = new Flood(pair.client, LARGE);
		assertThat(flood.stalled()).isLessThan(BUFFERED);
		assertThat(Flood.arrives(pair.server, LARGE)).isTrue();
		flood.join();
	}

	@Test
	void floodTowardsTheClientWaitsForItAndArrivesWhole() {
		Pair pair = pair();
		Flood flood = new Flood(pair.server, LARGE);
		assertThat(flood.stalled()).isLessThan(BUFFERED);
		assertThat(Flood.arrives(pair.client, LARGE)).isTrue();
		flood.join();
	}

	@Test
	void floodsInBothDirectionsDoNotDisturbEachOther() {
		Pair pair = pair();
		Flood up = new Flood(pair.client, LARGE / 4);
		Flood down = new Flood(pair.server, LARGE / 4);
		CompletableFuture<Boolean> arriving = CompletableFuture
			.supplyAsync(() -> Flood.arrives(pair.server, LARGE / 4));
		assertThat(Flood.arrives(pair.client, LARGE / 4)).isTrue();
		assertThat(arriving.join()).isTrue();
		up.join();
		down.join();
	}

	@Test
	void clientSeesTheEndWithinOneSecond() {
		Pair pair = pair();
		pair.server.send("last").close();
		long start = System.nanoTime();
		assertThat(pair.client.rest()).isEqualTo("last");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
	}

	@Test
	void sandboxSeesTheEndWithinOneSecond() {
		Pair pair = pair();
		pair.client.send("last").close();
		long start = System.nanoTime();
		assertThat(pair.server.rest()).isEqualTo("last");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
	}

	@Test
	void brokenSandboxEndsTheClient() {
		Pair pair = pair();
		pair.server.reset();
		assertThat(pair.client.isEnded()).isTrue();
	}

	@Test
	void brokenClientEndsTheSandbox() {
		Pair pair = pair();
		pair.client.reset();
		assertThat(pair.server.isEnded()).isTrue();
	}

	@Test
	void clientThatStillSendsAfterTheSandboxesEndIsHeard() throws Exception {
		Pair pair = pair();
		pair.server.socket().shutdownOutput();
		assertThat(pair.client.isEnded()).isTrue();
		pair.client.send("bye");
		assertThat(pair.server.text(3)).isEqualTo("bye");
	}

	@Test
	void sideThatDoesNotReadDoesNotKeepTheTunnelOpen() {
		Pair pair = pair();
		Flood flood = new Flood(pair.server, LARGE);
		flood.stalled();
		pair.client.reset();
		Awaitility.await().until(() -> this.forwarder.open() == 0);
	}

	@Test
	void idleTunnelsTakeNoThread() {
		pair();
		int threads = Thread.activeCount();
		List<Pair> pairs = new ArrayList<>();
		for (int i = 0; i < 200; i++) {
			pairs.add(pair());
		}
		Awaitility.await().until(() -> this.forwarder.open() == 201 && sandboxes().activities() == 201);
		assertThat(Thread.activeCount()).isLessThan(threads + 20);
		pairs.forEach((pair) -> {
			pair.server.send("x");
			assertThat(pair.client.text(1)).isEqualTo("x");
		});
		pairs.forEach((pair) -> pair.client.close());
		pairs.forEach((pair) -> assertThat(pair.server.isEnded()).isTrue());
	}

	@Test
	void refusalOfTheSandboxIsPassedOn() {
		Wire client = open("/desktop/" + sandbox().name(), CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 403 Forbidden\nTransfer-Encoding: chunked\n\n2\nno\n0\n\n");
		assertThat(client.head()).contains("Content-Length: 2").first().asString().contains("403");
		assertThat(client.text(2)).isEqualTo("no");
	}

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 101 Switching\nUpgrade: h2c\n\n", "garbage\n\n", "" })
	void answerThatIsNoneIsRefused(String text) {
		Wire client = open("/desktop/" + sandbox().name(), CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send(text).close();
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 502");
	}

	@Test
	void desktopThatCannotBeReachedIsRefused() {
		upstream().close();
		assertThat(open("/desktop/" + sandbox().name(), CALLER).head().get(0)).startsWith("HTTP/1.1 502");
	}

	@Test
	void unknownDesktopIsRefused() {
		assertThat(open("/desktop/none", CALLER).head().get(0)).startsWith("HTTP/1.1 404");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "?password=wrong" })
	void strangerIsSentAway(String query) {
		assertThat(open("/desktop/" + sandbox().name() + query).head().get(0)).startsWith("HTTP/1.1 401");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void cookieOpensTheWebSocketFromItsOwnPageOnly() {
		Wire page = request("GET", "/desktop/" + sandbox().name() + "/vnc/x?password=" + password());
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nConnection: close\nContent-Length: 0\n\n");
		String cookie = "Cookie: " + Wire.values(page.head(), "Set-Cookie").get(0).replaceFirst(";.*", "");
		assertThat(open("/desktop/" + sandbox().name(), cookie, "Origin: http://evil").head().get(0)).contains("401");
		Wire client = open("/desktop/" + sandbox().name(), cookie, "Origin: http://manager:80");
		server = upstream().accept();
		assertThat(Wire.values(server.head(), "Cookie")).isEmpty();
		server.send(ACCEPTED);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
	}

	private Wire open(String path, String... headers) {
		List<String> all = new ArrayList<>(List.of(headers));
		all.addAll(List.of("Upgrade: websocket", "Connection: keep-alive, Upgrade", "Sec-WebSocket-Key: key",
				"Sec-WebSocket-Version: 13"));
		return request("GET", path, all.toArray(String[]::new));
	}

	private Pair pair() {
		Wire client = open("/desktop/" + sandbox().name(), CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send(ACCEPTED);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
		return new Pair(client, server);
	}

	private String password() {
		return sandbox().token().secret();
	}

	private record Pair(Wire client, Wire server) {
	}

	private static final class Listener implements WebSocket.Listener {

		private final List<String> events = new ArrayList<>();

		private String text = "";

		void await(String event) {
			Awaitility.await().until(() -> seen(event));
		}

		private synchronized boolean seen(String event) {
			return this.events.contains(event);
		}

		private synchronized void add(WebSocket socket, String event) {
			this.events.add(event);
			socket.request(1);
		}

		@Override
		public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
			this.text += data;
			add(socket, last ? "text " + this.text : "part");
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
			add(socket, "binary " + data.remaining());
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
			add(socket, "ping " + message.remaining());
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
			add(socket, "close " + status + " " + reason);
			return CompletableFuture.completedFuture(null);
		}

	}

}
