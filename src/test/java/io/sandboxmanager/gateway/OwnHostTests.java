package io.sandboxmanager.gateway;

import java.util.EnumSet;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;

import io.sandboxmanager.config.GuardedServer;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.security.Tickets.Issued;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ports and desktops on hosts of their own: a ticket opens one of them, its cookie goes
 * nowhere else, and nothing of the server is found there.
 */
@SpringBootTest(classes = GuardedServer.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@TestPropertySource(properties = { "server.address=127.0.0.1", "sandbox-manager.security.bearer-token=secret",
		"sandbox-manager.public.sandbox-domain=Boxes.Example", "sandbox-manager.gateway.handshake-timeout=2s" })
class OwnHostTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	private static final String PAGE = "Accept: text/html";

	private static final String OK = "HTTP/1.1 200 OK\nContent-Length: 2\nConnection: close\n";

	@Autowired
	private Tickets tickets;

	private Sandbox browser;

	@BeforeEach
	void addBrowser() {
		this.browser = sandboxes().add(upstream().url(), "browser");
	}

	@Test
	void ticketBecomesACookieOfTheHostAndLeavesTheAddress() {
		List<String> head = ask(service(), "/a?x=1&ticket=" + ticket(Purpose.PORTS).text() + "&y=2", PAGE).head();
		assertThat(head.get(0)).contains("307");
		assertThat(Wire.values(head, "Location")).containsExactly("/a?x=1&y=2");
		assertThat(Wire.values(head, "Set-Cookie")).singleElement()
			.asString()
			.matches("sandbox-manager-ticket=smt_[^;]+; Path=/; HttpOnly; SameSite=Lax");
		ask(service(), "/a?x=1&y=2", "Cookie: own=1; " + cookieIn(head));
		List<String> asked = upstream().accept().head();
		assertThat(asked.get(0)).isEqualTo("GET /ports/8080/a?x=1&y=2 HTTP/1.1");
		assertThat(asked).contains("x-forwarded-prefix: /", "Cookie: own=1",
				"Authorization: Bearer " + this.browser.token().secret());
		assertThat(Wire.values(asked, "X-Forwarded-Host")).containsExactly(service());
	}

	@Test
	void answerIsTheSandboxesOwnButForCookiesOfOtherHosts() {
		Wire client = ask(service(), "/folder/a", CALLER, "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send(OK.replace("200 OK", "302 Found") + "Location: http://localhost:8080/b?c\n"
				+ "Set-Cookie: a=1; Domain=boxes.example; Path=/folder; HttpOnly\n"
				+ "Set-Cookie: sandbox-manager-ticket=smt_x\n\nOK");
		List<String> head = client.head();
		assertThat(Wire.values(head, "Location")).containsExactly("/b?c");
		assertThat(Wire.values(head, "Set-Cookie")).containsExactly("a=1; Path=/folder; HttpOnly");
		assertThat(Wire.values(head, "Content-Security-Policy")).isEmpty();
		assertThat(Wire.values(head, "X-Content-Type-Options")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/health", "/api/v1/pools", "/v1/docs", "/sandboxes/x/ports/1/", "/~smt_x/a", "/%2f",
			"/vnc/vnc_lite.html?ticket=other" })
	void everyPathIsTheSandboxes(String path) {
		ask(service(), path, CALLER);
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /ports/8080" + path + " HTTP/1.1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/..", "/a/..%2f..%2fb", "/a/..;/b", "/%2e%2e/fastapi" })
	void nothingClimbsOutOfThePort(String path) {
		assertThat(ask(service(), path, CALLER).head().get(0)).contains("40");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void strangersAndTicketsOfOthersOpenNothing() {
		Sandbox other = sandboxes().add(upstream().url(), "browser");
		String others = this.tickets.issue(other.id(), EnumSet.of(Purpose.PORTS)).text();
		assertThat(ask(service(), "/").head().get(0)).contains("401");
		assertThat(ask(service(), "/?ticket=" + others, PAGE).head().get(0)).contains("401");
		assertThat(ask(service(), "/", "Cookie: sandbox-manager-ticket=" + others).head().get(0)).contains("401");
		assertThat(ask(service(), "/?ticket=" + ticket(Purpose.VNC).text(), PAGE).head().get(0)).contains("401");
		assertThat(ask(service(), "/health").head().get(0)).contains("401");
		assertThat(ask(host("0".repeat(25), "8080"), "/", CALLER).head().get(0)).contains("404");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void cookieThatAnotherHostHasSetForTheDomainIsNotInTheWay() {
		String own = cookieIn(ask(service(), "/?ticket=" + ticket(Purpose.PORTS).text(), PAGE).head());
		ask(service(), "/", "Cookie: sandbox-manager-ticket=smt_bad; " + own);
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /ports/8080/ HTTP/1.1");
	}

	@Test
	void pagesOfOtherHostsDoNotUseTheCookie() {
		String cookie = "Cookie: " + cookieIn(ask(service(), "/?ticket=" + ticket(Purpose.PORTS).text(), PAGE).head());
		assertThat(ask(service(), "/", cookie, "Sec-Fetch-Site: same-site").head().get(0)).contains("401");
		assertThat(ask(service(), "/", cookie, "Origin: http://" + host("0".repeat(25), "8080")).head().get(0))
			.contains("401");
		assertThat(ask(service(), "/", cookie, "Origin: null", UPGRADE).head().get(0)).contains("401");
		assertThat(upstream().isLeftAlone()).isTrue();
		ask(service(), "/socket", cookie, "Origin: http://" + service(), UPGRADE);
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /ports/8080/socket HTTP/1.1");
	}

	@Test
	void pagesOfOtherHostsDoNotReadWhatIsAnswered() {
		Wire client = ask(service(), "/data.js", CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send(OK + "Cross-Origin-Resource-Policy: cross-origin\n\nOK");
		assertThat(Wire.values(client.head(), "Cross-Origin-Resource-Policy")).containsExactly("same-origin");
		assertThat(Wire.values(ask(service(), "/").head(), "Cross-Origin-Resource-Policy"))
			.containsExactly("same-origin");
	}

	@Test
	void portThatTheTypeDoesNotOpenStaysClosed() {
		assertThat(ask(host(this.browser.id().value(), "9222"), "/", CALLER).head().get(0)).contains("403");
		assertThat(ask(host(this.browser.id().value(), "22"), "/", CALLER).head().get(0)).contains("403");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void pageOfAPortIsSentToItsHost() {
		String path = "/sandboxes/" + this.browser.name() + "/ports/8080/a";
		List<String> head = ask("manager:81", path + "?x=1&ticket=" + ticket(Purpose.PORTS).text(), PAGE).head();
		assertThat(head.get(0)).contains("307");
		assertThat(Wire.values(head, "Set-Cookie")).isEmpty();
		String location = Wire.values(head, "Location").get(0);
		assertThat(location).startsWith("http://" + this.browser.id() + "-8080.boxes.example:81/a?x=1&ticket=smt_");
		String moved = location.substring(location.indexOf("/a"));
		assertThat(ask(service(), moved, PAGE).head().get(0)).contains("307");
		ask("manager:81", path, PAGE, CALLER);
		assertThat(upstream().accept().head()).contains("x-forwarded-prefix: /sandboxes/" + this.browser.name());
	}

	@Test
	void desktopHasAHostToo() {
		String password = this.browser.token().secret();
		List<String> head = ask("manager:81",
				"/desktop/" + this.browser.name() + "/vnc/vnc_lite.html?password=" + password, PAGE)
			.head();
		String location = Wire.values(head, "Location").get(0);
		String screen = host(this.browser.id().value(), "vnc");
		assertThat(location).startsWith("http://" + this.browser.id() + "-vnc.boxes.example:81/vnc/vnc_lite.html"
				+ "?password=" + password + "&ticket=smt_");
		head = ask(screen, location.substring(location.indexOf("/vnc/")), PAGE).head();
		assertThat(Wire.values(head, "Location")).containsExactly("/vnc/vnc_lite.html?password=" + password);
		ask(screen, "/vnc/vnc_lite.html?password=" + password, PAGE, "Cookie: " + cookieIn(head));
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /vnc/vnc_lite.html HTTP/1.1");
		String cookie = "Cookie: " + cookieIn(head);
		Wire viewer = ask(screen, "/vnc/vnc_lite.html", cookie);
		Wire server = upstream().accept();
		assertThat(server.head().get(0)).isEqualTo("GET /vnc/vnc_lite.html HTTP/1.1");
		server.send(OK + "\nOK");
		assertThat(Wire.values(viewer.head(), "Content-Security-Policy")).isEmpty();
		ask(screen, "/websockify", cookie, UPGRADE, "Origin: http://" + screen);
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /websockify HTTP/1.1");
		assertThat(ask(screen, "/fastapi/healthz", cookie).head().get(0)).contains("404");
		assertThat(ask(screen, "/vnc/vnc_lite.html").head().get(0)).contains("401");
	}

	@ParameterizedTest
	@ValueSource(strings = { "boxes.example", "x.boxes.example", "ABC-8080.boxes.example",
			"0000000000000000000000000-0.boxes.example", "0000000000000000000000000-65536.boxes.example",
			"0000000000000000000000000-8080.boxes.example.other", "0000000000000000000000000-8080xboxes.example" })
	void otherHostsAreTheServers(String host) {
		assertThat(ask(host, "/v1/docs", CALLER).head().get(0)).contains("200");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	private Issued ticket(Purpose purpose) {
		return this.tickets.issue(this.browser.id(), EnumSet.of(purpose));
	}

	private String service() {
		return host(this.browser.id().value(), "8080");
	}

	private static String host(String id, String place) {
		return id + "-" + place + ".boxes.example:80";
	}

	private static String cookieIn(List<String> head) {
		return Wire.values(head, "Set-Cookie").get(0).split(";", 2)[0];
	}

	private Wire ask(String host, String path, String... headers) {
		String head = "GET " + path + " HTTP/1.1\nHost: " + host + "\n" + String.join("\n", headers);
		return client().send(head + ((headers.length > 0) ? "\n\n" : "\n"));
	}

}
