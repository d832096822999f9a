package io.sandboxmanager.gateway;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.sandbox.Sandbox;

import static org.assertj.core.api.Assertions.assertThat;

/** What of a request reaches the sandbox, and what of an answer the client. */
class HttpRulesTests extends GatewayTest {

	private static final String EMPTY = "HTTP/1.1 200 OK\nContent-Length: 0\n\n";

	@Test
	void requestOpensTheSandboxWithItsOwnToken() {
		List<String> head = arrived(proxy("GET", "/x", "Authorization: Bearer secret"));
		assertThat(Wire.values(head, "Authorization")).containsExactly("Bearer " + sandbox().token().secret());
		assertThat(Wire.values(head, "Host")).containsExactly(upstream().url().getAuthority());
	}

	@Test
	void headersOfTheConnectionStayBehind() {
		List<String> head = arrived(proxy("GET", "/x", "Connection: keep-alive, X-Hop", "X-Hop: 1",
				"Keep-Alive: timeout=5", "TE: trailers", "Upgrade: nothing", "Proxy-Authorization: Basic eA==",
				"Expect: 100-continue", "X-End: 2", "Accept-Language: de"));
		assertThat(Wire.values(head, "X-End")).containsExactly("2");
		assertThat(Wire.values(head, "Accept-Language")).containsExactly("de");
		for (String name : List.of("X-Hop", "Keep-Alive", "TE", "Upgrade", "Proxy-Authorization", "Expect")) {
			assertThat(Wire.values(head, name)).as(name).isEmpty();
		}
	}

	@Test
	void nothingIsAddedThatTheCallerDidNotSend() {
		List<String> head = arrived(proxy("GET", "/x"));
		for (String name : List.of("User-Agent", "Accept-Encoding", "Accept", "Content-Length", "Transfer-Encoding",
				"Cookie")) {
			assertThat(Wire.values(head, name)).as(name).isEmpty();
		}
	}

	@Test
	void repeatedHeadersStayApart() {
		assertThat(Wire.values(arrived(proxy("GET", "/x", "X-Pair: one", "X-Pair: two")), "X-Pair"))
			.containsExactly("one", "two");
	}

	@Test
	void cookiesOfThisServerStayBehind() {
		List<String> head = arrived(
				proxy("GET", "/x", "Cookie: a=1; sandbox-manager-desktop=k; b=2", "Cookie: sandbox-manager-x=y"));
		assertThat(Wire.values(head, "Cookie")).containsExactly("a=1; b=2");
	}

	@Test
	void requestSaysWhereItCameFrom() {
		List<String> head = arrived(proxy("GET", "/x", "X-Forwarded-For: 10.0.0.1"));
		assertThat(Wire.values(head, "X-Forwarded-For")).containsExactly("10.0.0.1, 127.0.0.1");
		assertThat(Wire.values(head, "X-Forwarded-Host")).containsExactly("manager:80");
		assertThat(Wire.values(head, "X-Forwarded-Proto")).containsExactly("http");
		assertThat(Wire.values(head, "Forwarded")).containsExactly("for=127.0.0.1;proto=http;host=\"manager:80\"");
	}

	@Test
	void headerBytesAreKept() {
		assertThat(Wire.values(arrived(proxy("GET", "/x", "X-Text: gr\u00c3\u009f\u0080")), "X-Text"))
			.containsExactly("gr\u00c3\u009f\u0080");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/a%2Fb", "/a%25b", "/a%20b", "/%E6%BC%A2", "/a;v=1/b", "//a//b", "/a+b", "/a%2fb%5Cc",
			"/a/", "/", "/a|b", "/a/./b", "/%7Euser" })
	void pathArrivesByteForByte(String path) {
		assertThat(arrived(proxy("GET", path)).get(0)).isEqualTo("GET /fastapi" + path + " HTTP/1.1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "?", "?a=1&a=2&b=%20x", "?path=a%2Fb+c%26%25f%23g", "?q=%E6%BC%A2%zz", "?a[0]={x|y}",
			"?x?y", "?;", "?a=..%2f.." })
	void queryArrivesByteForByte(String query) {
		assertThat(arrived(proxy("GET", "/x" + query)).get(0)).isEqualTo("GET /fastapi/x" + query + " HTTP/1.1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/../vnc", "/a/../../vnc", "/..%2fvnc", "/a/%2e%2E/b", "/..;x/b", "/a%5c..%5cb" })
	void pathThatClimbsIsNotForwarded(String path) {
		assertThat(proxy("GET", path).head().get(0)).matches("HTTP/1.1 (400|404).*");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "POST", "PUT", "DELETE", "PATCH" })
	void methodAndBodyArrive(String method) {
		Wire client = proxy(method, "/x", "Content-Length: 3", "Content-Type: application/x-www-form-urlencoded");
		client.send("a=1");
		Wire server = upstream().accept();
		List<String> head = server.head();
		assertThat(head.get(0)).isEqualTo(method + " /fastapi/x HTTP/1.1");
		assertThat(Wire.values(head, "Content-Type")).containsExactly("application/x-www-form-urlencoded");
		assertThat(server.text(3)).isEqualTo("a=1");
	}

	@Test
	void multipartBodyArrivesAsItIs() {
		String body = "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"f\"\r\n\r\nz\r\n--x--\r\n";
		Wire client = proxy("POST", "/x", "Content-Length: " + body.length(),
				"Content-Type: multipart/form-data; boundary=x");
		client.send(body.getBytes(StandardCharsets.ISO_8859_1));
		Wire server = upstream().accept();
		server.head();
		assertThat(server.text(body.length())).isEqualTo(body);
	}

	@ParameterizedTest
	@ValueSource(strings = { "HEAD", "OPTIONS", "PROPFIND" })
	void otherMethodsAreRefused(String method) {
		List<String> head = proxy(method, "/x").head();
		assertThat(head.get(0)).startsWith("HTTP/1.1 405");
		assertThat(Wire.values(head, "Allow")).containsExactly("DELETE, GET, PATCH, POST, PUT");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void clientThatAsksBeforeItSendsIsToldToGoOn() {
		Wire client = proxy("PUT", "/x", "Content-Length: 3", "Expect: 100-continue");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 100");
		client.send("abc");
		Wire server = upstream().accept();
		server.head();
		assertThat(server.text(3)).isEqualTo("abc");
		server.send(EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void clientThatAsksForSandboxThatIsNotThereIsToldSoAtOnce() {
		Wire client = request("PUT", "/proxy/none/x", "Content-Length: 3", "Expect: 100-continue");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 404");
	}

	@Test
	void bothLengthAndChunksAreOneRequestOnly() {
		Wire client = proxy("POST", "/x", "Content-Length: 4", "Transfer-Encoding: chunked");
		client.send("3\nabc\n0\n\nGET /proxy/" + sandbox().name() + "/smuggled HTTP/1.1\nHost: x\n\n");
		Wire server = upstream().accept();
		List<String> head = server.head();
		assertThat(Wire.values(head, "Content-Length")).isEmpty();
		assertThat(server.chunk()).isEqualTo("abc");
		assertThat(server.chunk()).isEmpty();
		server.send(EMPTY);
		assertThat(client.head()).contains("HTTP/1.1 200", "Connection: close");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "Content-Length: 3\nContent-Length: 4", "Content-Length: +3", "Transfer-Encoding: x",
			"Transfer-Encoding: chunked, identity", "X-Bad : 1", "Content-Length: 3, 4" })
	void ambiguousRequestsAreRefused(String headers) {
		assertThat(proxy("POST", "/x", headers).head().get(0)).matches("HTTP/1.1 (400|501).*");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void answerComesBackAsItIs() {
		List<String> head = answered("""
				HTTP/1.1 418 Teapot
				Content-Type: text/plain; charset=utf-8
				X-Pair: one
				X-Pair: two
				Set-Cookie: a=1
				Set-Cookie: b=2
				Server: inside
				Date: then
				Content-Length: 0

				""");
		assertThat(head.get(0)).startsWith("HTTP/1.1 418");
		assertThat(Wire.values(head, "Content-Type")).containsExactly("text/plain; charset=utf-8");
		assertThat(Wire.values(head, "X-Pair")).containsExactly("one", "two");
		assertThat(Wire.values(head, "Set-Cookie")).containsExactly("a=1", "b=2");
		assertThat(Wire.values(head, "Server")).containsExactly("inside");
		assertThat(Wire.values(head, "Date")).containsExactly("then");
	}

	@Test
	void answersHeadersOfTheConnectionStayBehind() {
		List<String> head = answered("""
				HTTP/1.1 200 OK
				Connection: close, X-Hop
				X-Hop: 1
				Keep-Alive: timeout=1
				Proxy-Authenticate: Basic
				Set-Cookie: sandbox-manager-desktop=evil
				Content-Length: 0

				""");
		for (String name : List.of("X-Hop", "Keep-Alive", "Proxy-Authenticate", "Set-Cookie", "Connection")) {
			assertThat(Wire.values(head, name)).as(name).isEmpty();
		}
	}

	@Test
	void answerIsKeptApartFromThisServersOrigin() {
		List<String> head = answered(EMPTY);
		assertThat(Wire.values(head, "Content-Security-Policy")).containsExactly("sandbox allow-scripts allow-forms");
		assertThat(Wire.values(head, "X-Content-Type-Options")).containsExactly("nosniff");
	}

	@Test
	void redirectIsPassedOn() {
		assertThat(answered("HTTP/1.1 302 Found\nLocation: /fastapi/healthz\nContent-Length: 0\n\n"))
			.contains("Location: /fastapi/healthz");
	}

	@Test
	void compressedBodyStaysCompressed() throws Exception {
		ByteArrayOutputStream packed = new ByteArrayOutputStream();
		try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
			gzip.write("packed".getBytes(StandardCharsets.UTF_8));
		}
		Wire client = proxy("GET", "/x", "Accept-Encoding: gzip");
		Wire server = upstream().accept();
		assertThat(Wire.values(server.head(), "Accept-Encoding")).containsExactly("gzip");
		server.send("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: " + packed.size() + "\n\n");
		server.send(packed.toByteArray());
		assertThat(client.head()).contains("Content-Encoding: gzip");
		assertThat(client.bytes(packed.size())).isEqualTo(packed.toByteArray());
	}

	@Test
	void partOfFileIsPassedOn() {
		Wire client = proxy("GET", "/x", "Range: bytes=2-3");
		Wire server = upstream().accept();
		assertThat(Wire.values(server.head(), "Range")).containsExactly("bytes=2-3");
		server.send("HTTP/1.1 206 Partial\nContent-Range: bytes 2-3/9\nContent-Length: 2\n\ncd");
		assertThat(client.head()).contains("Content-Range: bytes 2-3/9", "Content-Length: 2");
		assertThat(client.text(2)).isEqualTo("cd");
	}

	@ParameterizedTest
	@ValueSource(strings = { "204 No Content", "304 Not Modified" })
	void answersWithoutBodyEndAtOnce(String status) {
		assertThat(answered("HTTP/1.1 " + status + "\nETag: \"x\"\n\n")).contains("ETag: \"x\"");
	}

	@Test
	void answerUntilTheEndOfTheConnectionIsPassedOn() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.0 200 OK\n\nabc");
		client.head();
		assertThat(client.chunk()).isEqualTo("abc");
		server.close();
		assertThat(client.chunk()).isEmpty();
	}

	@Test
	void connectionToTheSandboxIsUsedAgain() {
		Wire client = proxy("GET", "/one");
		Wire server = upstream().accept();
		server.head();
		server.send(EMPTY);
		client.head();
		client.send("GET /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: x\n\n");
		assertThat(server.head().get(0)).isEqualTo("GET /fastapi/two HTTP/1.1");
	}

	@Test
	void keptConnectionThatWasClosedIsReplaced() {
		Wire client = proxy("GET", "/one");
		Wire server = upstream().accept();
		server.head();
		server.send(EMPTY);
		client.head();
		server.close();
		client.send("GET /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: x\n\n");
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /fastapi/two HTTP/1.1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "POST", "DELETE" })
	void requestThatWasSentIsNeverSentAgain(String method) {
		Wire client = proxy("GET", "/one");
		Wire server = upstream().accept();
		server.head();
		server.send(EMPTY);
		client.head();
		client.send(method + " /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: x\nContent-Length: 0\n\n");
		server.head();
		server.close();
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 502");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void unknownSandboxIsNotFound() {
		Wire client = request("GET", "/proxy/no%22ne/x");
		assertThat(client.head()).contains("Content-Type: application/json").first().asString().contains("404");
		String body = "{\"detail\":\"sandbox not found: no\\\"ne\"}";
		assertThat(client.text(body.length())).isEqualTo(body);
	}

	@Test
	void sandboxIsFoundByItsId() {
		Wire client = request("GET", "/proxy/" + sandbox().id() + "/x");
		upstream().accept().send(EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void stoppedSandboxIsNotFoundAtOnce() {
		Sandbox stopped = sandboxes().put(sandbox().stopped(Instant.EPOCH));
		Wire client = request("GET", "/proxy/" + stopped.name() + "/x");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 404");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void routeWithoutPathLeadsToTheOneWithSlash() {
		assertThat(proxy("GET", "?a=1").head()).contains("Location: /proxy/" + sandbox().name() + "/?a=1")
			.first()
			.asString()
			.contains("307");
	}

	@Test
	void refusedConnectionNamesTheSandbox() {
		upstream().close();
		String answer = answer(proxy("GET", "/x", "Connection: close"));
		assertThat(answer).startsWith("HTTP/1.1 502").contains("\"proxy upstream error: sandbox " + sandbox().name());
	}

	@Test
	void sandboxThatNeverAnswersNamesTheSandbox() {
		String answer = answer(proxy("GET", "/x", "Connection: close"));
		assertThat(answer).startsWith("HTTP/1.1 504").contains("\"proxy upstream error: sandbox " + sandbox().name());
	}

	@ParameterizedTest
	@ValueSource(strings = { "garbage\n\n", "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\nab",
			"HTTP/1.1 200 OK\nContent-Length: x\n\n", "HTTP/1.1 200 OK\nTransfer-Encoding: x\n\n", "" })
	void answerThatIsNoneIsRefused(String text) {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send(text).close();
		assertThat(answer(client)).startsWith("HTTP/1.1 502").contains("proxy upstream error: ");
	}

	@Test
	void oneSandboxCannotTakeAllConnections() {
		List<Wire> servers = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			proxy("GET", "/slow");
			servers.add(upstream().accept());
		}
		assertThat(answer(proxy("GET", "/x", "Connection: close"))).startsWith("HTTP/1.1 503");
		try (Upstream other = new Upstream()) {
			Sandbox free = sandboxes().add(other.url());
			Wire client = request("GET", "/proxy/" + free.name() + "/x");
			other.accept().send(EMPTY);
			assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		}
		assertThat(servers).hasSize(4);
	}

	@Test
	void manySlowSandboxesDoNotDisturbOthers() {
		List<Upstream> slow = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			Upstream silent = new Upstream();
			slow.add(silent);
			request("GET", "/proxy/" + sandboxes().add(silent.url()).name() + "/x");
			silent.accept().head();
		}
		Wire client = proxy("GET", "/x");
		upstream().accept().send(EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		slow.forEach(Upstream::close);
	}

	private List<String> arrived(Wire client) {
		Wire server = upstream().accept();
		List<String> head = server.head();
		server.send(EMPTY);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		return head;
	}

	private List<String> answered(String answer) {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send(answer);
		return client.head();
	}

	private static String answer(Wire client) {
		return client.rest();
	}

}
