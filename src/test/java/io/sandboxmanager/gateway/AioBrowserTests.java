package io.sandboxmanager.gateway;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
import io.sandboxmanager.security.Tickets.Issued;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What AIO clients read before they have a session, and how they come to the browser of
 * their sandbox.
 */
@SpringBootTest(classes = GuardedServer.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@TestPropertySource(properties = { "server.address=127.0.0.1", "sandbox-manager.security.bearer-token=secret",
		"sandbox-manager.public.trusted-proxies=127.0.0.1", "sandbox-manager.gateway.handshake-timeout=2s" })
class AioBrowserTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	private static final String INFO = "{\"success\":true,\"data\":{\"user_agent\":\"Chrome\","
			+ "\"cdp_url\":\"/ports/9222/devtools/browser/b\",\"vnc_url\":\"/vnc/vnc_lite.html\"}}";

	@Autowired
	private Tickets tickets;

	private Sandbox browser;

	@BeforeEach
	void addBrowser() {
		this.browser = sandboxes().add(upstream().url(), "aio");
		sandboxes().bind("mine", () -> this.browser);
	}

	@Test
	void documentsNeedNoSessionAndStartNothing() {
		JsonNode document = body(request("GET", "/v1/openapi.json", CALLER, "Connection: close").rest());
		assertThat(document.get("openapi").stringValue()).isEqualTo("3.1.0");
		assertThat(document.get("paths").propertyNames()).contains("/v1/shell/exec", "/v1/browser/actions");
		String page = request("GET", "/v1/docs", CALLER, "Connection: close").rest();
		assertThat(page).startsWith("HTTP/1.1 200")
			.contains("Content-Type: text/html;charset=utf-8", "Content-Security-Policy: default-src 'none'",
					"<h3>POST /v1/shell/exec</h3>");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/v1/docs", "/v1/openapi.json", "/vnc/vnc_lite.html", "/vnc/vnc_lite.html?ticket=smt_x",
			"/v1/browser/info" })
	void nothingIsThereForStrangers(String path) {
		assertThat(request("GET", path, "X-Session-ID: mine").head().get(0)).contains("401");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void whatTheBrowserTellsOfItselfLeadsThroughThisServer() {
		JsonNode data = info("X-Forwarded-Proto: https", "X-Forwarded-Host: sandboxes.example");
		assertThat(data.get("user_agent").stringValue()).isEqualTo("Chrome");
		assertThat(data.get("cdp_url").stringValue())
			.startsWith("wss://sandboxes.example/sandboxes/" + this.browser.id() + "/cdp?ticket=smt_");
		assertThat(data.get("vnc_url").stringValue())
			.startsWith("https://sandboxes.example/vnc/vnc_lite.html?ticket=smt_")
			.endsWith("&password=" + this.browser.token().secret().substring(0, 8));
	}

	@Test
	void itsTicketOpensTheScreenUntilItIsRevoked() {
		JsonNode data = info();
		String address = data.get("vnc_url").stringValue().substring("http://manager:80".length());
		List<String> head = request("GET", address, "Accept: text/html").head();
		assertThat(head.get(0)).contains("302");
		String desktop = Wire.values(head, "Location").get(0);
		assertThat(desktop).isEqualTo("http://manager:80/desktop/" + this.browser.id() + address);
		request("GET", desktop.substring("http://manager:80".length()));
		assertThat(upstream().accept().head().get(0)).startsWith("GET /vnc/vnc_lite.html");
		this.tickets.revoke(data.get("ticket_id").stringValue());
		assertThat(request("GET", address, "Accept: text/html").head().get(0)).contains("401");
		String page = desktop.substring("http://manager:80".length());
		assertThat(request("GET", page).head().get(0)).contains("401");
		assertThat(request("GET", page.replace("/vnc/vnc_lite.html", ""), UPGRADE).head().get(0)).contains("401");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void screenBelowThePathOfAProxyIsFoundThere() {
		String address = info("X-Forwarded-Prefix: /sandboxes-of/us").get("vnc_url").stringValue();
		assertThat(address).startsWith("http://manager:80/sandboxes-of/us/vnc/vnc_lite.html?ticket=smt_");
		String path = address.substring("http://manager:80/sandboxes-of/us".length());
		List<String> head = request("GET", path, "X-Forwarded-Prefix: /sandboxes-of/us").head();
		String desktop = "/sandboxes-of/us/desktop/" + this.browser.id();
		assertThat(Wire.values(head, "Location")).containsExactly("http://manager:80" + desktop + path);
		head = request("GET", desktop.substring("/sandboxes-of/us".length()) + path, "Accept: text/html",
				"X-Forwarded-Prefix: /sandboxes-of/us")
			.head();
		assertThat(Wire.values(head, "Location").get(0)).startsWith(desktop + "/~smt_");
		assertThat(Wire.values(head, "Set-Cookie").get(0)).contains("; Path=" + desktop + ";");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/v1/docs/", "/v1/openapi.json/" })
	void slashAtTheEndOfADocumentMakesNoDifference(String path) {
		assertThat(request("GET", path, CALLER).head().get(0)).contains("200");
	}

	@ParameterizedTest
	@CsvSource({ "/vnc/index.html?autoconnect=true, /vnc/index.html?autoconnect=true&ticket=smt_",
			"http://localhost:8080/vnc/index.html, /vnc/index.html?ticket=smt_" })
	void screenIsThroughThisServerWhateverTheSandboxCallsIt(String told, String expected) {
		JsonNode data = body(ask(INFO.replace("/vnc/vnc_lite.html", told))).get("data");
		assertThat(data.get("vnc_url").stringValue()).startsWith("http://manager:80" + expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "not a URL", "/other/index.html", "https://elsewhere.example/" })
	void addressThatIsNoScreenStaysAsItIs(String told) {
		JsonNode data = body(ask(INFO.replace("/vnc/vnc_lite.html", told))).get("data");
		assertThat(data.get("vnc_url").stringValue()).isEqualTo(told);
	}

	@ParameterizedTest
	@CsvSource({ "/vnc/websockify, /websockify", "/vnc/, /websockify", "/vnc/other, /vnc/other" })
	void itsTicketOpensTheWebSocketOfTheScreenUntilItIsRevoked(String path, String asked) {
		Issued issued = this.tickets.issue(this.browser.id(), EnumSet.of(Purpose.VNC));
		Wire viewer = request("GET", path + "?view=1&ticket=" + issued.text(), UPGRADE);
		Wire screen = upstream().accept();
		List<String> head = screen.head();
		assertThat(head.get(0)).isEqualTo("GET " + asked + "?view=1 HTTP/1.1");
		assertThat(Wire.values(head, "Authorization")).isEmpty();
		screen.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\nRFB");
		assertThat(viewer.head().get(0)).startsWith("HTTP/1.1 101");
		assertThat(viewer.text(3)).isEqualTo("RFB");
		this.tickets.revoke(issued.ticket().id());
		viewer.rest();
		assertThat(request("GET", path + "?ticket=" + issued.text(), UPGRADE).head().get(0)).contains("401");
	}

	@Test
	void whoHasTheTokenOpensTheWebSocketOfItsSession() {
		request("GET", "/vnc/websockify", CALLER, "X-Session-ID: mine", UPGRADE);
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /websockify HTTP/1.1");
	}

	@Test
	void deadMemberOfAPoolIsReplacedBeforeItTellsOfItself() {
		Upstream fresh = new Upstream();
		sandboxes().replace(this.browser, sandboxes().add(fresh.url(), "aio"));
		upstream().close();
		Wire client = request("GET", "/v1/browser/info", CALLER, "X-Session-ID: mine", "Connection: close");
		Wire server = fresh.accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nConnection: close\nContent-Length: " + INFO.length() + "\n\n" + INFO);
		assertThat(body(client.rest()).get("success").booleanValue()).isTrue();
		fresh.close();
	}

	@Test
	void whoHasTheTokenSeesTheScreenOfItsSession() {
		request("GET", "/vnc/vnc_lite.html", CALLER, "X-Session-ID: mine");
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /vnc/vnc_lite.html HTTP/1.1");
	}

	@Test
	void slashAtTheEndOfTheQuestionMakesNoDifference() {
		Wire client = request("GET", "/v1/browser/info/", CALLER, "X-Session-ID: mine", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nConnection: close\nContent-Length: " + INFO.length() + "\n\n" + INFO);
		assertThat(client.rest()).contains("/cdp?ticket=smt_");
		assertThat(sandboxes().answered()).contains(this.browser.id());
	}

	@ParameterizedTest
	@ValueSource(strings = { "no JSON", "{\"success\":false,\"data\":null}", "[]" })
	void whatIsNotInTheExpectedFormStaysAsItIs(String told) {
		assertThat(ask(told)).endsWith(told);
	}

	private JsonNode info(String... headers) {
		return body(ask(INFO, headers)).get("data");
	}

	private String ask(String told, String... headers) {
		List<String> all = new ArrayList<>(List.of(CALLER, "X-Session-ID: mine", "Connection: close"));
		all.addAll(List.of(headers));
		Wire client = request("GET", "/v1/browser/info", all.toArray(String[]::new));
		Wire server = upstream().accept();
		assertThat(server.head().get(0)).isEqualTo("GET /v1/browser/info HTTP/1.1");
		server.send("HTTP/1.1 200 OK\nConnection: close\nContent-Length: " + told.length() + "\n\n" + told);
		return client.rest();
	}

	private static JsonNode body(String answer) {
		assertThat(answer).startsWith("HTTP/1.1 200");
		return JsonMapper.shared().readTree(answer.substring(answer.indexOf("\r\n\r\n")));
	}

}
