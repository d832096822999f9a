package io.sandboxmanager.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;

import io.sandboxmanager.sandbox.Sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Each time limit has its own answer, which names the sandbox. */
@TestPropertySource(properties = { "sandbox-manager.gateway.connect-timeout=500ms",
		"sandbox-manager.gateway.first-byte-timeout=3s", "sandbox-manager.gateway.idle-timeout=700ms" })
class TimeLimitTests extends GatewayTest {

	@Test
	void connectionThatDoesNotComeAbout() throws IOException {
		try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			List<Socket> waiting = fill(full);
			Sandbox dead = sandboxes().add(URI.create("http://127.0.0.1:" + full.getLocalPort()));
			String answer = request("GET", "/proxy/" + dead.name() + "/x", "Connection: close").rest();
			assertThat(answer).startsWith("HTTP/1.1 502").contains("sandbox " + dead.name() + " cannot be reached");
			for (Socket socket : waiting) {
				socket.close();
			}
		}
	}

	private static List<Socket> fill(ServerSocket server) throws IOException {
		List<Socket> sockets = new ArrayList<>();
		while (true) {
			Socket socket = new Socket();
			sockets.add(socket);
			try {
				socket.connect(server.getLocalSocketAddress(), 200);
			}
			catch (SocketTimeoutException ex) {
				return sockets;
			}
		}
	}

	@Test
	void answerMayTakeLongerThanPauseInIt() throws InterruptedException {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		Thread.sleep(1200);
		server.send("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		assertThat(client.text(2)).isEqualTo("ok");
	}

	@Test
	void answerThatDoesNotBegin() {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		assertThat(client.rest()).startsWith("HTTP/1.1 504")
			.contains("sandbox " + sandbox().name() + " did not begin to answer within 3000 ms");
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void answerThatStopsInTheMiddleIsCutOff() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nfirst\n");
		client.head();
		assertThat(client.chunk()).isEqualTo("first");
		long start = System.nanoTime();
		assertThat(client.rest()).doesNotContain("0\r\n");
		assertThat(System.nanoTime() - start).isLessThan(2_900_000_000L);
		assertThat(server.isEnded()).isTrue();
		await().until(() -> sandboxes().activities() == 0);
	}

}
