package io.sandboxmanager.gateway;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.sandbox.Sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A sandbox that is replaced when it cannot be connected to. */
class ReplacementTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	private static final String OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nOK";

	private final Upstream fresh = new Upstream();

	private Sandbox replacement;

	@BeforeEach
	void replace() {
		this.replacement = sandboxes().add(this.fresh.url());
		sandboxes().replace(sandbox(), this.replacement);
	}

	@AfterEach
	void close() {
		this.fresh.close();
	}

	@Test
	void requestGoesToTheReplacementWithItsTokenAndItsWholeBody() {
		upstream().close();
		Wire client = proxy("POST", "/x", "Content-Length: 4").send("body");
		Wire server = this.fresh.accept();
		assertThat(Wire.values(server.head(), "Authorization"))
			.containsExactly("Bearer " + this.replacement.token().secret());
		assertThat(server.text(4)).isEqualTo("body");
		server.send(OK);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		assertThat(client.text(2)).isEqualTo("OK");
		await().untilAsserted(() -> assertThat(sandboxes().answered()).contains(this.replacement.id()));
		assertThat(sandboxes().answered()).doesNotContain(sandbox().id());
		assertThat(this.fresh.isLeftAlone()).isTrue();
	}

	@Test
	void webSocketIsOpenedThereToo() {
		upstream().close();
		Wire client = request("GET", "/desktop/" + sandbox().name(), CALLER, UPGRADE);
		Wire server = this.fresh.accept();
		assertThat(server.head().get(0)).startsWith("GET /websockify ");
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
		await().untilAsserted(() -> assertThat(sandboxes().answered()).contains(this.replacement.id()));
	}

	@Test
	void questionToAPortGoesThereToo() {
		upstream().close();
		request("GET", "/sandboxes/" + sandbox().name() + "/ports/8080/", CALLER);
		assertThat(this.fresh.accept().head().get(0)).startsWith("GET /ports/8080/ ");
	}

	@Test
	void bodyOfUnknownLengthGoesThereToo() {
		upstream().close();
		Wire client = proxy("POST", "/x", "Transfer-Encoding: chunked");
		Wire server = this.fresh.accept();
		server.head();
		client.send("2\nab\n0\n\n");
		assertThat(server.chunk()).isEqualTo("ab");
		assertThat(server.chunk()).isEmpty();
		server.send(OK);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void requestThatMayHaveArrivedIsNotSentAgain() {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.close();
		assertThat(client.rest()).startsWith("HTTP/1.1 502");
		assertThat(this.fresh.isLeftAlone()).isTrue();
		assertThat(sandboxes().answered()).doesNotContain(sandbox().id());
	}

	@Test
	void replacementThatCannotBeConnectedToEither() {
		upstream().close();
		this.fresh.close();
		assertThat(proxy("GET", "/x", "Connection: close").rest()).startsWith("HTTP/1.1 502")
			.contains("proxy upstream error: sandbox " + this.replacement.name());
	}

	@Test
	void answerOfAnErrorInsideDoesNotCount() {
		Wire client = proxy("GET", "/x");
		upstream().accept().send("HTTP/1.1 502 Bad Gateway\nContent-Length: 0\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 502");
		await().untilAsserted(() -> assertThat(sandboxes().activities()).isZero());
		assertThat(sandboxes().answered()).doesNotContain(sandbox().id());
	}

	@Test
	void clientThatLeavesFirstDoesNotCount() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		client.reset();
		assertThat(server.isEnded()).isTrue();
		await().untilAsserted(() -> assertThat(sandboxes().activities()).isZero());
		assertThat(sandboxes().answered()).doesNotContain(sandbox().id());
	}

}
