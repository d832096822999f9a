package io.sandboxmanager.gateway;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What a client sends is one request or none, for this server as for the sandbox. */
@Timeout(60)
class HostileClientTests extends GatewayTest {

	private static final String EMPTY = "HTTP/1.1 200 OK\nContent-Length: 0\n\n";

	@ParameterizedTest
	@ValueSource(strings = { "Content-Length: 3\r\nContent-Length: 3", "Content-Length: 3\r\nContent-Length: 30",
			"Content-Length: 0x3", "Content-Length: -3", "Content-Length: 3 3", "Content-Length: 3,3",
			"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer-Encoding: identity, chunked",
			"Transfer-Encoding : chunked", "Transfer-Encoding: \u000bchunked", "Transfer-Encoding: xchunked",
			"Host: other", "X-One: a\rX-Two: b", "X-One: a\u0000b", "X\u0000One: a", "X One: a", ": a", "no header" })
	void whatCanBeReadInTwoWaysIsRefused(String headers) {
		Wire client = client()
			.send(("POST /proxy/" + sandbox().name() + "/x HTTP/1.1\r\nHost: manager\r\n" + headers + "\r\n\r\nabc")
				.getBytes(StandardCharsets.ISO_8859_1));
		assertThat(client.head().get(0)).matches("HTTP/1.1 (400|501).*");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET /proxy/%s/x HTTP/1.1\r\n\r\n", "GET /proxy/%s/x\r\n\r\n",
			"GET /proxy/%s/x HTTP/1.1 \r\nHost: a\r\n\r\n", "GET /proxy/%s/a b HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET /proxy/%s/a\rb HTTP/1.1\r\nHost: a\r\n\r\n", "GET /proxy/%s/a\nX: b HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET /proxy/%s/a\u0000 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /proxy/%s/x HTTP/1.1\r\nHost: a b\r\n\r\n",
			"GET /proxy/%s/x HTTP/3.0\r\nHost: a\r\n\r\n" })
	void brokenRequestLinesAreRefused(String request) {
		Wire client = client().send(String.format(request, sandbox().name()).getBytes(StandardCharsets.ISO_8859_1));
		assertThat(client.rest()).containsPattern("^HTTP/1.1 (400|505)|HTTP Status 400|HTTP Version Not Supported");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void foldedLineIsOneLineForTheSandbox() {
		proxy("GET", "/x", "X-One: a", " X-Two: b", "\tX-Three: c");
		List<String> head = upstream().accept().head();
		assertThat(Wire.values(head, "X-One")).singleElement().asString().matches("a\\s+X-Two: b\\s+X-Three: c");
		assertThat(Wire.values(head, "X-Two")).isEmpty();
	}

	@Test
	void encodedLineEndsStayEncoded() {
		proxy("GET", "/a%0d%0aX-Evil:%201?b=%0d%0aX-Evil:%201");
		List<String> head = upstream().accept().head();
		assertThat(head.get(0)).isEqualTo("GET /fastapi/a%0d%0aX-Evil:%201?b=%0d%0aX-Evil:%201 HTTP/1.1");
		assertThat(Wire.values(head, "X-Evil")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/..", "/../", "/a/../../other", "/%2e%2e/x", "/.%2e/x", "/%2E./x", "/a%2f..%2fb",
			"/..%5cx", "/..;/x", "/a/..%3bx/b", "/%2e%2e%2f%2e%2e%2f" })
	void pathThatLeavesTheSandboxIsNotForwarded(String path) {
		assertThat(proxy("GET", path).head().get(0)).matches("HTTP/1.1 (400|404).*");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://other.example/proxy/%s/x", "http://manager/proxy/%s/x" })
	void addressInTheRequestLineDoesNotChooseTheSandbox(String address) {
		client().send("GET " + String.format(address, sandbox().name()) + " HTTP/1.1\nHost: " + host(address) + "\n\n");
		List<String> head = upstream().accept().head();
		assertThat(head.get(0)).isEqualTo("GET /fastapi/x HTTP/1.1");
		assertThat(Wire.values(head, "Host")).containsExactly(upstream().url().getAuthority());
	}

	private static String host(String address) {
		return address.split("/", 4)[2];
	}

	@Test
	void largeHeadIsRefused() {
		Wire client = proxy("GET", "/x", "X-Large: " + "x".repeat(GatewayConnector.MAX_HEAD));
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 4");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void longPathIsRefused() {
		assertThat(proxy("GET", "/" + "x".repeat(GatewayConnector.MAX_HEAD)).head().get(0)).startsWith("HTTP/1.1 4");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "zz\nabc\n", "-1\n\n", "FFFFFFFFFFFFFFFFF\nabc", "3\nabcd\n0\n\n" })
	void brokenChunksNeverLookComplete(String chunks) {
		Wire client = proxy("POST", "/x", "Transfer-Encoding: chunked");
		client.send("2\nab\n" + chunks);
		Wire server = upstream().accept();
		server.head();
		assertThat(server.rest()).doesNotContain("\r\n0\r\n");
		await().until(() -> sandboxes().activities() == 0);
	}

	@Test
	void bytesAfterTheBodyAreTheNextRequest() {
		Wire client = proxy("POST", "/one", "Content-Length: 3");
		client.send("abcGET /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: manager\n\n");
		Wire server = upstream().accept();
		server.head();
		assertThat(server.text(3)).isEqualTo("abc");
		server.send(EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		List<String> next = server.head();
		assertThat(next.get(0)).isEqualTo("GET /fastapi/two HTTP/1.1");
		assertThat(Wire.values(next, "Authorization")).containsExactly("Bearer " + sandbox().token().secret());
	}

	@ParameterizedTest
	@ValueSource(strings = { "Authorization", "Host", "X-Forwarded-For", "Forwarded", "x-agentrun-session-id",
			"Content-Length" })
	void connectionHeaderCannotTakeAwayWhatThisServerSays(String name) {
		Wire client = proxy("POST", "/x", "Connection: keep-alive, " + name, "Content-Length: 3").send("abc");
		Wire server = upstream().accept();
		assertThat(Wire.values(server.head(), name)).as(name).hasSize(1);
		assertThat(server.text(3)).isEqualTo("abc");
		server.send(EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

}
