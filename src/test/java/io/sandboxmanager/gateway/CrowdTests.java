package io.sandboxmanager.gateway;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

import io.sandboxmanager.sandbox.Sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Many callers of one sandbox that hangs, on a server with few threads. */
@TestPropertySource(properties = { "server.tomcat.threads.max=20", "spring.threads.virtual.enabled=false",
		"sandbox-manager.gateway.queue-timeout=20s", "sandbox-manager.gateway.first-byte-timeout=20s",
		"sandbox-manager.gateway.handshake-timeout=20s", "sandbox-manager.gateway.tunnels-per-sandbox=3" })
class CrowdTests extends GatewayTest {

	private static final String EMPTY = "HTTP/1.1 200 OK\nContent-Length: 0\n\n";

	private static final int CROWD = 60;

	@Autowired
	private WebSocketForwarder forwarder;

	@Test
	void callersOfOneThatHangsDoNotTakeAllThreads() {
		List<Wire> crowd = new ArrayList<>();
		for (int i = 0; i < CROWD; i++) {
			crowd.add(proxy("GET", "/x"));
		}
		othersAreServed();
		List<String> refused = crowd.get(CROWD - 1).head();
		assertThat(refused.get(0)).startsWith("HTTP/1.1 503");
		assertThat(refused).contains("Retry-After: 1");
	}

	@Test
	void webSocketsToOneThatHangsDoNotTakeAllThreads() {
		List<Wire> crowd = new ArrayList<>();
		for (int i = 0; i < CROWD; i++) {
			crowd.add(open());
		}
		othersAreServed();
		assertThat(crowd.get(CROWD - 1).head().get(0)).startsWith("HTTP/1.1 503");
		crowd.forEach(Wire::close);
		upstream().close();
		await().atMost(Duration.ofSeconds(30)).until(() -> this.forwarder.open() == 0);
	}

	@Test
	void webSocketsOfOneSandboxAreLimited() {
		for (int i = 0; i < 3; i++) {
			Wire client = open();
			Wire server = upstream().accept();
			server.head();
			server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
			assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
		}
		Wire client = open();
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 503");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	private void othersAreServed() {
		try (Upstream other = new Upstream()) {
			Sandbox free = sandboxes().add(other.url());
			long start = System.nanoTime();
			Wire client = request("GET", "/proxy/" + free.name() + "/x");
			other.accept().send(EMPTY);
			assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
		}
	}

	private Wire open() {
		return request("GET", "/desktop/" + sandbox().name(), "Authorization: Bearer secret", UPGRADE);
	}

}
