package io.sandboxmanager.gateway;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/** What ends by itself when nobody does anything. */
@TestPropertySource(properties = { "sandbox-manager.gateway.tunnels=2",
		"sandbox-manager.gateway.tunnel-idle-timeout=2s", "sandbox-manager.gateway.handshake-timeout=1s",
		"sandbox-manager.gateway.client-timeout=2s", "server.tomcat.connection-timeout=500ms" })
class LimitsTests extends GatewayTest {

	@Autowired
	private WebSocketForwarder forwarder;

	@Test
	void webSocketOverTheLimitIsRefused() {
		Wire first = open();
		accept(first);
		Wire second = open();
		accept(second);
		assertThat(open().head().get(0)).startsWith("HTTP/1.1 503");
		first.close();
		Awaitility.await().until(() -> this.forwarder.open() < 2);
		accept(open());
	}

	@Test
	void webSocketThatCarriesNothingIsClosed() {
		Wire client = open();
		Wire server = accept(client);
		assertThat(client.isEnded()).isTrue();
		assertThat(server.isEnded()).isTrue();
		Awaitility.await().until(() -> sandboxes().activities() == 0);
	}

	@Test
	void sandboxThatDoesNotFinishItsHandshakeIsGivenUp() {
		Wire client = open();
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 101 Swi");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 504");
		assertThat(server.isEnded()).isTrue();
		Awaitility.await().until(() -> this.forwarder.open() == 0 && sandboxes().activities() == 0);
	}

	@Test
	void clientThatPausesLongerThanTheWebServerWaitsIsNotGivenUp() throws InterruptedException {
		Wire client = proxy("PUT", "/file", "Content-Length: 10").send("first");
		Wire server = upstream().accept();
		server.head();
		server.text(5);
		Thread.sleep(1200);
		client.send("secnd");
		assertThat(server.text(5)).isEqualTo("secnd");
	}

	@Test
	void clientThatStopsInTheMiddleIsGivenUp() {
		proxy("PUT", "/file", "Content-Length: 10").send("first");
		Wire server = upstream().accept();
		server.head();
		server.text(5);
		assertThat(server.isEnded()).isTrue();
		Awaitility.await().until(() -> sandboxes().activities() == 0);
	}

	private Wire open() {
		return request("GET", "/desktop/" + sandbox().name(), "Authorization: Bearer secret", UPGRADE);
	}

	private Wire accept(Wire client) {
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
		return server;
	}

}
