package io.sandboxmanager.gateway;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What comes before and after an answer, and after a body. */
class MessageTests extends GatewayTest {

	private static final String EMPTY = "HTTP/1.1 200 OK\nContent-Length: 0\n\n";

	@Test
	void hintsArriveBeforeTheAnswerIsMade() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("""
				HTTP/1.1 103 Early Hints
				Link: </style.css>; rel=preload
				Connection: X-Hop
				X-Hop: 1
				Set-Cookie: a=1

				""");
		List<String> hints = client.head();
		assertThat(hints.get(0)).startsWith("HTTP/1.1 103");
		assertThat(hints.subList(1, hints.size())).containsExactly("Link: </style.css>; rel=preload");
		server.send("HTTP/1.1 102 Processing\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 102");
		server.send(EMPTY);
		List<String> head = client.head();
		assertThat(head.get(0)).startsWith("HTTP/1.1 200");
		assertThat(Wire.values(head, "Link")).isEmpty();
	}

	@Test
	void goAheadOfTheSandboxIsNotHandedOnTwice() {
		Wire client = proxy("PUT", "/x", "Content-Length: 3", "Expect: 100-continue");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 100");
		client.send("abc");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 100 Continue\n\n" + EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void oldClientGetsTheAnswerOnly() {
		Wire client = client().send("GET /proxy/" + sandbox().name() + "/x HTTP/1.0\nHost: manager\n\n");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 103 Early Hints\nLink: x\n\n");
		server.send("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\nX-End: 1\n\n").close();
		assertThat(client.rest()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nabc");
	}

	@Test
	void trailersOfAnAnswerArrive() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nTrailer: X-Sum\n\n");
		assertThat(client.head()).contains("Trailer: X-Sum");
		server.send("3\nabc\n0\nX-Sum: 1\nX-Sum: 2\nSet-Cookie: sandbox-manager-x=1\nContent-Length: 9\n\n");
		assertThat(client.chunk()).isEqualTo("abc");
		assertThat(client.line()).isEqualTo("0");
		List<String> trailers = client.head();
		assertThat(Wire.values(trailers, "X-Sum")).containsExactly("1, 2");
		assertThat(trailers).hasSize(1);
	}

	@Test
	void trailersOfABodyArrive() {
		Wire client = proxy("POST", "/x", "Transfer-Encoding: chunked", "Trailer: X-Sum");
		client.send("3\nabc\n0\nX-Sum: 1\nAuthorization: Bearer y\nX-Forwarded-For: 1.2.3.4\n\n");
		Wire server = upstream().accept();
		assertThat(server.head()).contains("Trailer: X-Sum");
		assertThat(server.chunk()).isEqualTo("abc");
		assertThat(server.line()).isEqualTo("0");
		List<String> trailers = server.head();
		assertThat(Wire.values(trailers, "X-Sum")).containsExactly("1");
		assertThat(trailers).hasSize(1);
		server.send(EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@ParameterizedTest
	@ValueSource(strings = { "X-AgentRun-Session-Id", "x-agentscope-runtime-session-id" })
	void sessionIsNamedByThisServerOnly(String name) {
		proxy("GET", "/x", name + ": another");
		assertThat(Wire.values(upstream().accept().head(), name)).containsExactly("s" + sandbox().id());
	}

}
