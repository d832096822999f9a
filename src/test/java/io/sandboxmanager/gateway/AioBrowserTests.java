package io.sandboxmanager.gateway;

import java.util.ArrayList;
import java.util.List;

import io.sandboxmanager.config.GuardedServer;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
			.endsWith("&password=" + this.browser.token().secret());
	}

	@Test
	void itsTicketOpensTheScreenUntilItIsRevoked() {
		String address = info().get("vnc_url").stringValue().substring("http://manager:80".length());
		List<String> head = request("GET", address, "Accept: text/html").head();
		assertThat(head.get(0)).contains("302");
		String desktop = Wire.values(head, "Location").get(0);
		assertThat(desktop).isEqualTo("http://manager:80/desktop/" + this.browser.id() + address);
		request("GET", desktop.substring("http://manager:80".length()));
		assertThat(upstream().accept().head().get(0)).startsWith("GET /vnc/vnc_lite.html");
		String text = address.substring(address.indexOf("smt_"), address.indexOf('&'));
		this.tickets.revoke(this.tickets.check(text, Purpose.VNC).orElseThrow().id());
		assertThat(request("GET", address, "Accept: text/html").head().get(0)).contains("401");
	}

	@Test
	void whoHasTheTokenSeesTheScreenOfItsSession() {
		request("GET", "/vnc/vnc_lite.html", CALLER, "X-Session-ID: mine");
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /vnc/vnc_lite.html HTTP/1.1");
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
