package io.sandboxmanager.gateway;

import java.time.Instant;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

import static org.assertj.core.api.Assertions.assertThat;

/** What listens inside a sandbox, as callers see it. */
class PortsTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	@Autowired
	private WebSocketForwarder webSockets;

	@Test
	void portIsReachedThroughTheAgentWithItsTokenOnly() {
		Wire client = port("POST", "/8080/a%2fb/?x=1&y=%20", CALLER, "Content-Length: 4", "Referer: http://manager/s",
				"Cookie: sandbox-manager-x=1; theirs=2", "X-Forwarded-Prefix: /elsewhere")
			.send("body");
		Wire server = upstream().accept();
		List<String> head = server.head();
		assertThat(head.get(0)).isEqualTo("POST /ports/8080/a%2fb/?x=1&y=%20 HTTP/1.1");
		assertThat(Wire.values(head, "Authorization")).containsExactly("Bearer " + sandbox().token().secret());
		assertThat(Wire.values(head, "Cookie")).containsExactly("theirs=2");
		assertThat(Wire.values(head, "Referer")).isEmpty();
		assertThat(Wire.values(head, "X-Forwarded-Prefix")).containsExactly("/sandboxes/" + sandbox().name());
		assertThat(server.text(4)).isEqualTo("body");
		server.send("HTTP/1.1 201 Created\nContent-Length: 2\n\nok");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 201");
		assertThat(client.text(2)).isEqualTo("ok");
		Awaitility.await().until(() -> sandboxes().activities() == 0);
		assertThat(sandboxes().answered()).contains(sandbox().id());
	}

	@Test
	void whatASandboxMadeNeverRunsInTheServersOrigin() {
		Wire client = port("GET", "/8080/", CALLER);
		answer("Content-Security-Policy: default-src *\nX-Content-Type-Options: sniff");
		List<String> head = client.head();
		assertThat(Wire.values(head, "Content-Security-Policy")).contains("sandbox allow-scripts allow-forms");
		assertThat(Wire.values(head, "X-Content-Type-Options")).containsExactly("nosniff");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "NEL: {}", "Report-To: {}", "Reporting-Endpoints: a=\"https://b\"", "Clear-Site-Data: \"*\"",
					"Strict-Transport-Security: max-age=1", "Alt-Svc: h2=\":1\"", "Service-Worker-Allowed: /" })
	void whatASandboxSaysOfTheWholeOriginStaysBehind(String header) {
		Wire client = port("GET", "/8080/", CALLER);
		answer(header + "\nX-Own: 1");
		assertThat(client.head()).contains("X-Own: 1").doesNotContain(header);
	}

	@Test
	void aPasswordThatIsNotTheSandboxesIsThePorts() {
		port("GET", "/8080/login?user=a&password=b&c", CALLER);
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /ports/8080/login?user=a&password=b&c HTTP/1.1");
		port("GET", "/8080/login?user=a&password=" + sandbox().token().secret() + "&c", CALLER);
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /ports/8080/login?user=a&c HTTP/1.1");
	}

	@Test
	void headOfALongAnswerTellsItsLength() {
		Wire client = port("HEAD", "/8080/file", CALLER);
		Wire server = upstream().accept();
		assertThat(server.head().get(0)).isEqualTo("HEAD /ports/8080/file HTTP/1.1");
		server.send("HTTP/1.1 200 OK\nContent-Length: 1234567\nConnection: close\n\n");
		assertThat(Wire.values(client.head(), "Content-Length")).containsExactly("1234567");
	}

	@Test
	void portWithoutAPathIsItsTop() {
		List<String> head = port("GET", "/8080?x=1", CALLER).head();
		assertThat(head.get(0)).startsWith("HTTP/1.1 307");
		assertThat(Wire.values(head, "Location"))
			.containsExactly("/sandboxes/" + sandbox().name() + "/ports/8080/?x=1");
	}

	@ParameterizedTest
	@CsvSource({ "/login?a=/b, /login?a=/b", "login, =login", "'', ''", "./x, =./x", "http://localhost:8080/x, /x",
			"http://127.0.0.1:8080, /", "https://manager:80/x#y, /x#y", "//manager:80/x, /x", "HTTP://MANAGER:80/x, /x",
			"/../../api/v1/pools, /api/v1/pools", "/a/%2e%2E/../x/., /x/", "../../../../api, /api", "..\\..\\..\\x, /x",
			"'/.\t./x', /x", "a/../../../x/.., /", "http://elsewhere/x, =http://elsewhere/x",
			"//elsewhere/x, =//elsewhere/x", "mailto:a@b, =mailto:a@b", "?a=../.., =?a=../..",
			"PREFIX/ports/8080/x, /x", "http://manager:80PREFIX/ports/8080/x, /x" })
	void redirectsStayBelowThePort(String location, String expected) {
		String prefix = "/sandboxes/" + sandbox().name();
		Wire client = port("GET", "/8080/app/page", CALLER);
		answer("Location: " + location.replace("PREFIX", prefix));
		String seen = expected.isEmpty() ? ""
				: expected.startsWith("=") ? expected.substring(1) : prefix + "/ports/8080" + expected;
		assertThat(Wire.values(client.head(), "Location")).containsExactly(seen);
	}

	@Test
	void cookiesStayBelowThePort() {
		Wire client = port("GET", "/8080/", CALLER);
		answer("Set-Cookie: a=1; Path=/; Domain=manager\nSet-Cookie: sandbox-manager-ticket=x");
		assertThat(Wire.values(client.head(), "Set-Cookie"))
			.containsExactly("a=1; Path=/sandboxes/" + sandbox().name() + "/ports/8080");
	}

	@Test
	void webSocketIsThePorts() {
		Wire client = port("GET", "/8080/ws?a=1", CALLER, UPGRADE);
		Wire server = upstream().accept();
		List<String> head = server.head();
		assertThat(head.get(0)).isEqualTo("GET /ports/8080/ws?a=1 HTTP/1.1");
		assertThat(Wire.values(head, "Authorization")).containsExactly("Bearer " + sandbox().token().secret());
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\nearly");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
		assertThat(client.text(5)).isEqualTo("early");
		client.send("late");
		assertThat(server.text(4)).isEqualTo("late");
		client.close();
		assertThat(server.isEnded()).isTrue();
		Awaitility.await().until(() -> this.webSockets.open() == 0 && sandboxes().activities() == 0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/80/", "/1023/x" })
	void portThatTheTypeDoesNotOpenIsNamed(String rest) {
		Wire client = port("GET", rest, CALLER, "Connection: close");
		assertThat(client.rest()).startsWith("HTTP/1.1 403")
			.contains("Content-Type: application/problem+json")
			.contains("\"type\":\"urn:sandbox-manager:problem:port-not-allowed\"")
			.contains("of sandbox " + sandbox().name() + " is not open: its type, base, opens 1024-65535");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/ports/", "/ports/x/", "/ports/08080/", "/ports/65536/", "/ports/-1/", "/ports/8080;x/",
			"/ports/8080%2f/", "/", "/tools/", "/Ports/8080/", "/ports/8080/../../x", "/ports/8080/%2e%2e/x",
			"/ports/8080/..%2fx" })
	void nothingElseIsThere(String rest) {
		Wire client = request("GET", "/sandboxes/" + sandbox().name() + rest, CALLER, "Connection: close");
		assertThat(client.rest()).startsWith("HTTP/1.1 404").contains("urn:sandbox-manager:problem:not-found");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "TRACE", "TRACK" })
	void methodsThatShowCredentialsAreNotPassedOn(String method) {
		assertThat(port(method, "/8080/", CALLER).head().get(0)).contains(" 405");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void unknownSandboxIsNotFound() {
		assertThat(request("GET", "/sandboxes/none/ports/8080/", CALLER, "Connection: close").rest())
			.startsWith("HTTP/1.1 404")
			.contains("urn:sandbox-manager:problem:not-found", "none");
	}

	@Test
	void releasedSandboxIsNotRunning() {
		sandboxes().put(sandbox().releasing(Instant.EPOCH, Instant.EPOCH));
		assertThat(port("GET", "/8080/", CALLER, "Connection: close").rest()).startsWith("HTTP/1.1 409")
			.contains("urn:sandbox-manager:problem:not-running");
	}

	@Test
	void sandboxThatCannotBeReachedIsNamed() {
		upstream().close();
		assertThat(port("GET", "/8080/", CALLER, "Connection: close").rest()).startsWith("HTTP/1.1 502")
			.contains("urn:sandbox-manager:problem:sandbox-unreachable", "sandbox " + sandbox().name());
	}

	private Wire port(String method, String rest, String... headers) {
		return request(method, "/sandboxes/" + sandbox().name() + "/ports" + rest, headers);
	}

	/** Answers a request at the sandbox with more headers. */
	private void answer(String headers) {
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 302 Found\nConnection: close\nContent-Length: 0\n" + headers + "\n\n");
	}

}
