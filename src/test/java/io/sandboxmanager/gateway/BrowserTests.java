package io.sandboxmanager.gateway;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.sandboxmanager.config.GuardedServer;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;

import static org.assertj.core.api.Assertions.assertThat;

/** How the browser of a sandbox is found, driven and watched. */
@SpringBootTest(classes = GuardedServer.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@TestPropertySource(properties = { "server.address=127.0.0.1", "sandbox-manager.security.bearer-token=secret",
		"sandbox-manager.public.trusted-proxies=127.0.0.1", "sandbox-manager.gateway.handshake-timeout=2s" })
class BrowserTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	private static final String VERSION = "{\"Browser\":\"Chrome/1\","
			+ "\"webSocketDebuggerUrl\":\"ws://localhost:9222/devtools/browser/b-1\"}";

	@Autowired
	private Tickets tickets;

	@Autowired
	private WebSocketForwarder webSockets;

	private Sandbox browser;

	@BeforeEach
	void addBrowser() {
		this.browser = sandboxes().add(upstream().url(), "browser");
	}

	@Test
	void callerGetsAddressesThatWorkAsTheyAre() {
		JsonNode found = json(
				request("GET", "/api/v1/sandboxes/" + this.browser.name() + "/browser", CALLER, "Connection: close")
					.rest());
		String cdp = found.get("cdp_url").stringValue();
		String vnc = found.get("vnc_url").stringValue();
		assertThat(cdp).startsWith("ws://manager:80/sandboxes/" + this.browser.id() + "/cdp?ticket=smt_");
		assertThat(vnc).startsWith("ws://manager:80/desktop/" + this.browser.id() + "?ticket=smt_");
		Wire driver = request("GET", cdp.substring("ws://manager:80".length()), UPGRADE);
		answerQuestion("/json/version", VERSION);
		Wire server = accept(driver, "GET /ports/9222/devtools/browser/b-1 HTTP/1.1");
		driver.send("ping");
		assertThat(server.text(4)).isEqualTo("ping");
		Wire viewer = request("GET", vnc.substring("ws://manager:80".length()), UPGRADE);
		Wire screen = accept(viewer, "GET /websockify HTTP/1.1");
		assertThat(this.webSockets.open()).isEqualTo(2);
		String ticket = "/api/v1/sandboxes/" + this.browser.id() + "/tickets/" + found.get("ticket_id").stringValue();
		assertThat(request("DELETE", ticket, CALLER).head().get(0)).contains("204");
		Stream.of(driver, server, viewer, screen).forEach((side) -> assertThat(side.isEnded()).isTrue());
		Awaitility.await().until(() -> this.webSockets.open() == 0 && sandboxes().activities() == 0);
	}

	@Test
	void addressesAreThoseThatATrustedProxyNames() {
		JsonNode found = json(request("GET", "/api/v1/sandboxes/" + this.browser.name() + "/browser", CALLER,
				"X-Forwarded-Proto: https", "X-Forwarded-Host: sandboxes.example", "Connection: close")
			.rest());
		assertThat(found.get("cdp_url").stringValue()).startsWith("wss://sandboxes.example/sandboxes/");
		assertThat(found.get("vnc_url").stringValue()).startsWith("wss://sandboxes.example/desktop/");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/app" })
	void portBelowThePathOfAProxyIsFoundThere(String prefix) {
		String path = "/sandboxes/" + this.browser.name() + "/ports/8080";
		String[] proxied = { CALLER, "X-Forwarded-Proto: https", "X-Forwarded-Prefix: " + prefix };
		assertThat(Wire.values(request("GET", path, proxied).head(), "Location")).containsExactly(prefix + path + "/");
		Wire client = request("GET", path + "/", proxied);
		Wire server = upstream().accept();
		assertThat(Wire.values(server.head(), "X-Forwarded-Prefix"))
			.containsExactly(prefix + "/sandboxes/" + this.browser.name());
		server.send("HTTP/1.1 302 Found\nContent-Length: 0\nLocation: /a\nSet-Cookie: b=1; Path=/\n\n");
		List<String> head = client.head();
		assertThat(Wire.values(head, "Location")).containsExactly(prefix + path + "/a");
		assertThat(Wire.values(head, "Set-Cookie")).containsExactly("b=1; Path=" + prefix + path);
		String ticket = this.tickets.issue(this.browser.id(), EnumSet.of(Purpose.PORTS)).text();
		head = request("GET", path + "/?ticket=" + ticket, "Accept: text/html", proxied[1], proxied[2]).head();
		assertThat(Wire.values(head, "Location").get(0))
			.startsWith(prefix + "/sandboxes/" + this.browser.name() + "/~smt_");
		assertThat(Wire.values(head, "Set-Cookie").get(0))
			.contains("; Path=" + prefix + "/sandboxes/" + this.browser.name() + ";")
			.endsWith("; Secure");
	}

	@Test
	void sandboxWithoutABrowserSaysSo() {
		String answer = request("GET", "/api/v1/sandboxes/" + sandbox().name() + "/browser", CALLER,
				"Connection: close")
			.rest();
		assertThat(answer).startsWith("HTTP/1.1 404")
			.contains("urn:sandbox-manager:problem:no-browser", "its type, base, names none");
		answer = request("GET", "/sandboxes/" + sandbox().name() + "/cdp/json/version", CALLER, "Connection: close")
			.rest();
		assertThat(answer).startsWith("HTTP/1.1 404").contains("urn:sandbox-manager:problem:no-browser");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/json/version", "/json/version/" })
	void browserNamesItsDebuggerAsTheVisitorReachesIt(String path) {
		String ticket = this.tickets.issue(this.browser.id(), Set.of(Purpose.CDP)).text();
		Wire client = request("GET", cdp(path + "?ticket=" + ticket), "Connection: close");
		answerQuestion(path, VERSION);
		String answer = client.rest();
		assertThat(answer).contains("Content-Type: application/json", "Cache-Control: no-store",
				"Content-Security-Policy: sandbox allow-scripts allow-forms");
		JsonNode version = json(answer);
		assertThat(version.get("Browser").stringValue()).isEqualTo("Chrome/1");
		assertThat(version.get("webSocketDebuggerUrl").stringValue())
			.isEqualTo("ws://manager:80" + cdp("/devtools/browser/b-1?ticket=" + ticket));
	}

	@Test
	void pagesAreNamedLikewiseAndTheirWebSocketsOpen() {
		Wire client = request("GET", cdp("/json/list"), CALLER, "Connection: close");
		answerQuestion("/json/list",
				"[{\"id\":\"P\",\"webSocketDebuggerUrl\":\"ws://localhost:9222/devtools/page/P\","
						+ "\"devtoolsFrontendUrl\":\"/devtools/inspector.html?ws=localhost:9222/devtools/page/P\"},"
						+ "{\"id\":\"Q\",\"webSocketDebuggerUrl\":\"ws://evil.example/elsewhere\"}]");
		JsonNode pages = json(client.rest());
		String address = pages.get(0).get("webSocketDebuggerUrl").stringValue();
		assertThat(address).startsWith("ws://manager:80" + cdp("/devtools/page/P?ticket=smt_"));
		assertThat(pages.toString()).doesNotContain("localhost", "evil", "devtoolsFrontendUrl");
		Wire page = request("GET", address.substring("ws://manager:80".length()), UPGRADE,
				"Origin: http://console.example");
		List<String> head = acceptHead(page);
		assertThat(head.get(0)).isEqualTo("GET /ports/9222/devtools/page/P HTTP/1.1");
		assertThat(Wire.values(head, "Origin")).isEmpty();
		assertThat(Wire.values(head, "Authorization")).containsExactly("Bearer " + this.browser.token().secret());
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "/x", "/json/x", "/devtools/inspector.html", "/json/close/", "/", "", "/devtools/browser/b-1" })
	void nothingElseIsThere(String path) {
		assertThat(request("GET", cdp(path), CALLER).head().get(0)).contains("404");
		assertThat(request("POST", cdp("/json/new"), CALLER, "Content-Length: 0").head().get(0)).contains("404");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void portOfTheBrowserIsNotOpenAsAPort() {
		String ticket = this.tickets.issue(this.browser.id(), EnumSet.allOf(Purpose.class)).text();
		assertThat(
				request("GET", "/sandboxes/" + this.browser.name() + "/ports/9222/json/version?ticket=" + ticket).head()
					.get(0))
			.contains("403");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "VNC", "PORTS" })
	void ticketForAnotherPurposeDrivesNothing(Purpose purpose) {
		String ticket = this.tickets.issue(this.browser.id(), Set.of(purpose)).text();
		assertThat(request("GET", cdp("?ticket=" + ticket), UPGRADE).head().get(0)).contains("401");
		assertThat(request("GET", cdp("/json/version?ticket=" + ticket)).head().get(0)).contains("401");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void browserThatIsNotThereIsNamed() {
		Wire driver = request("GET", cdp(""), with("Connection: close"));
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 502 Bad Gateway\nConnection: close\nContent-Length: 0\n\n");
		String answer = String.join("\n", driver.head());
		assertThat(answer).contains("502");
	}

	@ParameterizedTest
	@ValueSource(strings = { "garbage", "[]", "{}", "{\"webSocketDebuggerUrl\":1}",
			"{\"webSocketDebuggerUrl\":\"ws://x/tools/run\"}", "{\"webSocketDebuggerUrl\":\"::\"}" })
	void browserThatSaysNothingOfUseIsRefused(String version) {
		Wire driver = request("GET", cdp(""), with());
		answerQuestion("/json/version", version);
		assertThat(driver.head().get(0)).contains("502");
		assertThat(this.webSockets.open()).isZero();
	}

	@Test
	void browserThatNeverEndsItsAnswerIsNotWaitedForForLong() {
		Wire client = request("GET", cdp("/json/version"), CALLER, "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Length: 100\n\n{");
		long start = System.nanoTime();
		assertThat(client.rest()).startsWith("HTTP/1.1 504").contains("urn:sandbox-manager:problem:sandbox-silent");
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
		assertThat(server.isEnded()).isTrue();
	}

	private String cdp(String rest) {
		return "/sandboxes/" + this.browser.name() + "/cdp" + rest;
	}

	private static String[] with(String... more) {
		return Stream.of(new String[] { UPGRADE, CALLER }, more).flatMap(Stream::of).toArray(String[]::new);
	}

	/** Answers what the server asks the browser. */
	private void answerQuestion(String path, String json) {
		Wire server = upstream().accept();
		assertThat(server.head().get(0)).isEqualTo("GET /ports/9222" + path + " HTTP/1.1");
		server.send("HTTP/1.1 200 OK\nConnection: close\nContent-Type: application/json\nContent-Length: "
				+ json.length() + "\n\n" + json);
	}

	private Wire accept(Wire client, String request) {
		Wire server = upstream().accept();
		assertThat(server.head().get(0)).isEqualTo(request);
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
		assertThat(client.head().get(0)).contains("101");
		return server;
	}

	private List<String> acceptHead(Wire client) {
		Wire server = upstream().accept();
		List<String> head = server.head();
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
		assertThat(client.head().get(0)).contains("101");
		return head;
	}

	private static JsonNode json(String answer) {
		assertThat(answer).startsWith("HTTP/1.1 200");
		String body = answer.substring(answer.indexOf("\r\n\r\n"));
		int start = body.indexOf('[') == -1 ? body.indexOf('{')
				: Math.min(body.indexOf('['), (body.indexOf('{') == -1) ? Integer.MAX_VALUE : body.indexOf('{'));
		return JsonMapper.shared()
			.readTree(body.substring(start, Math.max(body.lastIndexOf('}'), body.lastIndexOf(']')) + 1));
	}

}
