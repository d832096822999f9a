package io.sandboxmanager.config;

import java.io.IOException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.sandboxmanager.config.RawHttp.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/** A server without a token, which any web page could drive if it were not guarded. */
@SpringBootTest(classes = EdgeApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "sandbox-manager.security.bearer-token=", "server.address=127.0.0.1",
				"sandbox-manager.security.allow-unauthenticated=true" })
class OpenEdgeTests {

	private final EdgeApplication.Handlers handlers;

	private final int port;

	private final RawHttp server;

	OpenEdgeTests(@Autowired EdgeApplication.Handlers handlers, @LocalServerPort int port) {
		this.handlers = handlers;
		this.port = port;
		this.server = new RawHttp(port);
	}

	@BeforeEach
	void forget() {
		this.handlers.reached.clear();
	}

	@Test
	void anyTokenOrNoneIsLetIn() throws IOException {
		for (String header : new String[] { "X-Other: 1", "Authorization: Bearer anything",
				"Authorization: Basic x" }) {
			Answer answer = this.server.send("POST", "/create", header);
			assertThat(answer.status()).isEqualTo(200);
			assertThat(answer.body()).isEqualTo("{\"data\":\"anonymous\"}");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "127.8.9.10:80", "[::1]",
			"[::1]:8000" })
	void loopbackNamesAreAnswered(String host) throws IOException {
		assertThat(this.server.send("POST", "/create", "Host: " + host).status()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example",
			"evil.localhost", "localhost.", "128.0.0.1", "0.0.0.0", "10.0.0.1", "[::2]", "[::ffff:10.0.0.1]" })
	void nameThatWasMadeToPointHereIsRefused(String host) throws IOException {
		Answer answer = this.server.send("POST", "/create", "Host: " + host);
		assertThat(answer.status()).isEqualTo(403);
		assertThat(answer.body()).contains("{\"detail\":\"", "BEARER_TOKEN", "http://127.0.0.1");
		assertThat(this.handlers.reached).isEmpty();
	}

	@Test
	void pageOfAnotherOriginIsRefused() throws IOException {
		String[] origins = { "http://evil.example", "http://localhost", "http://localhost:" + (this.port - 1),
				"http://127.0.0.1:" + this.port, "null", "file://", "chrome-extension://abc",
				"http://localhost:" + this.port + ".evil.example", "http://evil@localhost:" + this.port, "" };
		for (String origin : origins) {
			Answer answer = this.server.send("POST", "/create", "Origin: " + origin);
			assertThat(answer.status()).as(origin).isEqualTo(403);
			assertThat(answer.body()).contains("{\"detail\":\"", "BEARER_TOKEN");
			assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
		}
		assertThat(this.handlers.reached).isEmpty();
	}

	@Test
	void pageOfOurOwnIsAnswered() throws IOException {
		Answer answer = this.server.send("POST", "/create", "Origin: http://localhost:" + this.port);
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
		assertThat(this.server.send("POST", "/create", "Host: localhost", "Origin: http://localhost:80").status())
			.isEqualTo(200);
	}

	@Test
	void oneForeignOriginAmongSeveralIsEnough() throws IOException {
		Answer answer = this.server.send("POST", "/create", "Origin: http://localhost:" + this.port,
				"Origin: http://evil.example");
		assertThat(answer.status()).isEqualTo(403);
	}

	@Test
	void preflightAndWebSocketOfAnotherOriginAreRefused() throws IOException {
		Answer preflight = this.server.send("OPTIONS", "/create", "Origin: http://evil.example",
				"Access-Control-Request-Method: POST");
		assertThat(preflight.status()).isEqualTo(403);
		Answer socket = this.server.send("GET", "/desktop/x", "Upgrade: websocket", "Connection: Upgrade",
				"Origin: http://evil.example");
		assertThat(socket.status()).isEqualTo(403);
	}

	@Test
	void desktopDecidesByItselfAboutPagesWithoutOrigin() throws IOException {
		assertThat(this.server.send("GET", "/desktop/x", "Origin: null").status()).isEqualTo(200);
		assertThat(this.server.send("POST", "/desktop/../create", "Origin: null").status()).isEqualTo(403);
		assertThat(this.server.send("GET", "/desktop/x", "Origin: null", "Origin: http://evil.example").status())
			.isEqualTo(403);
	}

	@Test
	void programThatSaysNoHostIsAnswered() throws IOException {
		assertThat(this.server.sendBytes("GET /health HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
	}

}
