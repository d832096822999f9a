package io.sandboxmanager.gateway;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.sandboxmanager.config.GuardedServer;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;

import static org.assertj.core.api.Assertions.assertThat;

/** Who gets in with a ticket, where, and for how long. */
@SpringBootTest(classes = GuardedServer.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@TestPropertySource(properties = { "server.address=127.0.0.1", "sandbox-manager.security.bearer-token=secret",
		"logging.level.io.sandboxmanager=debug" })
@ExtendWith(OutputCaptureExtension.class)
class TicketTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	@Autowired
	private Tickets tickets;

	@Autowired
	private WebSocketForwarder webSockets;

	@Test
	void callerGetsATicketThatOpensAPort() {
		JsonNode issued = issue("{\"purposes\":[\"ports\"],\"lifetime_seconds\":60}");
		assertThat(issued.get("purposes").toString()).isEqualTo("[\"ports\"]");
		assertThat(issued.get("sandbox").stringValue()).isEqualTo(sandbox().id().value());
		String ticket = issued.get("ticket").stringValue();
		for (int i = 0; i < 2; i++) {
			Wire visitor = request("GET", port("/8080/x?a=1&ticket=" + ticket + "&ticket=ST-1&b=2"));
			List<String> head = serve();
			assertThat(head.get(0)).isEqualTo("GET /ports/8080/x?a=1&ticket=ST-1&b=2 HTTP/1.1");
			assertThat(Wire.values(head, "Authorization")).containsExactly("Bearer " + sandbox().token().secret());
			assertThat(visitor.head()).contains("Referrer-Policy: no-referrer").first().asString().contains("200");
		}
	}

	@Test
	void ticketIsForEverythingAndAnHourIfItsCallerDoesNotSay() {
		JsonNode issued = issue("");
		assertThat(issued.get("purposes").toString()).isEqualTo("[\"cdp\",\"vnc\",\"ports\"]");
		assertThat(Duration.between(java.time.Instant.now(),
				java.time.Instant.parse(issued.get("expires_at").stringValue())))
			.isBetween(Duration.ofMinutes(59), Duration.ofMinutes(60));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"purposes\":[]}", "{\"purposes\":[\"root\"]}", "{\"purposes\":[null]}",
			"{\"lifetime_seconds\":0}", "{\"lifetime_seconds\":86401}", "{\"purposes\":1}", "[" })
	void wishThatCannotBeGrantedIsAProblem(String body) {
		String answer = post("/api/v1/sandboxes/" + sandbox().name() + "/tickets", body, CALLER);
		assertThat(answer).startsWith("HTTP/1.1 400").contains("urn:sandbox-manager:problem:invalid-request");
	}

	@Test
	void onlyCallersGiveOutTickets() {
		String ticket = ticket(Purpose.PORTS);
		for (String more : new String[] { "", "?ticket=" + ticket, "?password=" + sandbox().token().secret() }) {
			assertThat(post("/api/v1/sandboxes/" + sandbox().name() + "/tickets" + more, "{}", "X-Other: 1"))
				.startsWith("HTTP/1.1 401");
		}
		assertThat(post("/api/v1/sandboxes/none/tickets", "{}", CALLER)).startsWith("HTTP/1.1 404");
	}

	@Test
	void passwordIsATicketForEverythingOfItsSandbox() {
		Wire visitor = request("GET", port("/8080/x?password=" + sandbox().token().secret()));
		assertThat(serve().get(0)).isEqualTo("GET /ports/8080/x HTTP/1.1");
		assertThat(visitor.head().get(0)).contains("200");
	}

	@Test
	void pageSwapsItsTicketForOneOfThePathAndACookie() {
		String all = this.tickets.issue(sandbox().id(), EnumSet.allOf(Purpose.class)).text();
		Wire browser = request("GET", port("/8080/app/?a=1&ticket=" + all), "Accept: text/html,*/*");
		List<String> head = browser.head();
		assertThat(head.get(0)).contains("307");
		assertThat(Wire.values(head, "Referrer-Policy")).containsExactly("no-referrer");
		String location = Wire.values(head, "Location").get(0);
		String cookie = Wire.values(head, "Set-Cookie").get(0);
		assertThat(location).matches("/sandboxes/" + sandbox().name() + "/~smt_[A-Za-z0-9_-]+/ports/8080/app/\\?a=1")
			.doesNotContain(all);
		assertThat(cookie).startsWith("sandbox-manager-ticket=smt_")
			.endsWith("; Path=/sandboxes/" + sandbox().name() + "; HttpOnly; SameSite=Lax")
			.doesNotContain(all);
		request("GET", location, "Accept: text/html");
		List<String> asked = serve();
		assertThat(asked.get(0)).isEqualTo("GET /ports/8080/app/?a=1 HTTP/1.1");
		String prefix = location.substring(0, location.indexOf("/ports/"));
		assertThat(Wire.values(asked, "X-Forwarded-Prefix")).containsExactly(prefix);
		Wire part = request("GET", prefix + "/ports/8080/app.js", "Origin: null");
		serve();
		assertThat(part.head().get(0)).contains("200");
		Wire later = request("GET", port("/8080/other"), "Cookie: " + cookie.replaceFirst(";.*", "") + "; theirs=1");
		assertThat(Wire.values(serve(), "Cookie")).containsExactly("theirs=1");
		assertThat(later.head().get(0)).contains("200");
	}

	@Test
	void ticketForAnotherPurposeOpensNothing() {
		assertRefused(port("/8080/?ticket=" + ticket(Purpose.VNC)));
		assertRefused(port("/8080/?ticket=" + ticket(Purpose.CDP)));
		assertRefused("/desktop/" + sandbox().name() + "/vnc/page.html?ticket=" + ticket(Purpose.PORTS));
		String swapped = swapped();
		assertRefused("/desktop/" + sandbox().name() + "/" + swapped + "/vnc/page.html");
	}

	@Test
	void ticketForAnotherSandboxOpensNothing() {
		try (Upstream other = new Upstream()) {
			Sandbox foreign = sandboxes().add(other.url());
			String ticket = ticket(Purpose.PORTS);
			String home = "/sandboxes/" + foreign.name();
			assertRefused(home + "/ports/8080/?ticket=" + ticket);
			assertRefused(home + "/~" + ticket + "/ports/8080/");
			assertRefused(home + "/ports/8080/", "Cookie: sandbox-manager-ticket=" + ticket);
			assertRefused(home + "/ports/8080/?password=" + sandbox().token().secret());
			assertRefused(home + "/ports/8080/", UPGRADE, "Cookie: sandbox-manager-ticket=" + ticket);
			assertThat(other.isLeftAlone()).isTrue();
		}
	}

	@Test
	void endedTicketOpensNothing() throws Exception {
		String ticket = this.tickets.issue(sandbox().id(), Set.of(Purpose.PORTS), Duration.ofMillis(1)).text();
		Thread.sleep(5);
		assertRefused(port("/8080/?ticket=" + ticket));
		assertRefused(port("/8080/"), "Cookie: sandbox-manager-ticket=" + ticket);
	}

	@Test
	void forgedTicketOpensNothing() {
		String ticket = ticket(Purpose.PORTS);
		char last = ticket.charAt(ticket.length() - 1);
		assertRefused(port("/8080/?ticket=" + ticket.substring(0, ticket.length() - 1) + ((last == 'A') ? 'B' : 'A')));
		assertRefused(port("/8080/?ticket=smt_" + "A".repeat(112)));
		assertRefused(port("/8080/?ticket="));
		assertRefused("/sandboxes/" + sandbox().name() + "/~/ports/8080/");
	}

	@Test
	void ticketsThatAreShownForNothingAreAllTheSame() {
		String unknown = request("GET", "/sandboxes/none/ports/8080/?ticket=" + ticket(Purpose.PORTS)).head().get(0);
		assertThat(unknown).contains("401");
	}

	@Test
	void revokedTicketOpensNothingAndIsRevokedAgainWithoutHarm() {
		JsonNode issued = issue("{}");
		String ticket = issued.get("ticket").stringValue();
		String address = "/api/v1/sandboxes/" + sandbox().name() + "/tickets/" + issued.get("id").stringValue();
		assertThat(request("DELETE", address).head().get(0)).contains("401");
		assertThat(request("DELETE", address, CALLER).head().get(0)).contains("204");
		assertThat(request("DELETE", address, CALLER).head().get(0)).contains("204");
		assertRefused(port("/8080/?ticket=" + ticket));
		String itself = "/api/v1/sandboxes/" + sandbox().name() + "/tickets/" + ticket;
		assertThat(request("DELETE", itself, CALLER).head().get(0)).contains("400");
	}

	@ParameterizedTest
	@CsvSource({ "PORTS, /sandboxes/NAME/ports/8080/ws", "VNC, /desktop/NAME" })
	void bothSidesOfAWebSocketSeeTheEndWithinASecondOfTheRevocation(Purpose purpose, String path) {
		Tickets.Issued issued = this.tickets.issue(sandbox().id(), Set.of(purpose));
		Tickets.Issued kept = this.tickets.issue(sandbox().id(), Set.of(purpose));
		String address = path.replace("NAME", sandbox().name()) + "?ticket=";
		Wire[] ended = socket(address + issued.text());
		Wire[] open = socket(address + kept.text());
		long start = System.nanoTime();
		this.tickets.revoke(issued.ticket().id());
		assertThat(ended[0].isEnded()).isTrue();
		assertThat(ended[1].isEnded()).isTrue();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
		open[0].send("still");
		assertThat(open[1].text(5)).isEqualTo("still");
		open[0].close();
		Awaitility.await().until(() -> this.webSockets.open() == 0 && sandboxes().activities() == 0);
	}

	@Test
	void anAnswerThatStreamsIsBrokenOffWhenItsTicketIsRevoked() {
		Tickets.Issued issued = this.tickets.issue(sandbox().id(), Set.of(Purpose.PORTS));
		Wire visitor = request("GET", port("/8080/events?ticket=" + issued.text()));
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nfirst\n");
		assertThat(visitor.head().get(0)).contains("200");
		assertThat(visitor.chunk()).isEqualTo("first");
		this.tickets.revoke(issued.ticket().id());
		assertThat(visitor.rest()).as("no end of chunks").isEmpty();
		assertThat(server.isEnded()).isTrue();
		Awaitility.await().until(() -> sandboxes().activities() == 0);
	}

	@Test
	void aRequestThatWaitsForItsAnswerIsRefusedWhenItsTicketIsRevoked() {
		Tickets.Issued issued = this.tickets.issue(sandbox().id(), Set.of(Purpose.PORTS));
		Wire visitor = request("GET", port("/8080/slow?ticket=" + issued.text()));
		Wire server = upstream().accept();
		server.head();
		this.tickets.revoke(issued.ticket().id());
		assertThat(visitor.head().get(0)).contains("401");
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void hostilePageInASandboxReachesNoOtherAndNotTheServer() {
		try (Upstream other = new Upstream()) {
			Sandbox foreign = sandboxes().add(other.url());
			String cookie = "Cookie: sandbox-manager-ticket="
					+ this.tickets.issue(foreign.id(), EnumSet.allOf(Purpose.class)).text();
			String victim = "/sandboxes/" + foreign.name() + "/ports/8080/";
			String desktop = "/desktop/" + foreign.name() + "/vnc/page.html";
			for (String[] page : new String[][] { { "Origin: null" }, { "Sec-Fetch-Site: cross-site" },
					{ "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image" },
					{ "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe" },
					{ "Origin: http://evil.example" } }) {
				assertRefused(victim, page, cookie);
				assertRefused(desktop, page, cookie);
				assertRefused(victim, page, UPGRADE, cookie);
				assertRefused("/sandboxes/" + foreign.name() + "/" + swapped() + "/ports/8080/", page, cookie);
				assertRefused("/api/v1/sandboxes/" + foreign.name() + "/browser", page, cookie);
				assertThat(post("/api/v1/sandboxes/" + foreign.name() + "/tickets", "{}", with(page, cookie)))
					.startsWith("HTTP/1.1 401");
			}
			assertThat(other.isLeftAlone()).isTrue();
		}
	}

	@Test
	void pageOfASandboxMayReadItsOwnAnswersWhateverTheySay() {
		Wire page = request("GET", "/sandboxes/" + sandbox().name() + "/" + swapped() + "/ports/8080/data",
				"Origin: null");
		Wire server = upstream().accept();
		server.head();
		server.send("""
				HTTP/1.1 200 OK
				Connection: close
				Referrer-Policy: unsafe-url
				Access-Control-Allow-Credentials: true
				Content-Length: 0

				""");
		List<String> head = page.head();
		assertThat(Wire.values(head, "Access-Control-Allow-Origin")).containsExactly("*");
		assertThat(Wire.values(head, "Referrer-Policy")).containsExactly("no-referrer");
		assertThat(Wire.values(head, "Content-Security-Policy")).contains("sandbox allow-scripts allow-forms");
	}

	@Test
	void noTicketAndNoPasswordIsLogged(CapturedOutput output) {
		String ticket = this.tickets.issue(sandbox().id(), EnumSet.allOf(Purpose.class)).text();
		String password = sandbox().token().secret();
		for (String query : new String[] { "ticket=" + ticket, "password=" + password, "%74icket=" + ticket }) {
			List<String> paths = List.of(port("/8080/?" + query), port("/22/?" + query), port("/8080?" + query),
					"/desktop/" + sandbox().name() + "/tools/x?" + query, "/sandboxes/none/ports/80/?" + query);
			for (String path : paths) {
				String answer = request("GET", path, "Accept: text/html", "Connection: close",
						"Referer: http://manager" + path)
					.rest();
				String body = answer.substring(answer.indexOf("\r\n\r\n"));
				assertThat(body).doesNotContain(ticket, password);
			}
			upstream().close();
			assertThat(request("GET", port("/8080/x?" + query), "Connection: close").rest()).startsWith("HTTP/1.1 502")
				.doesNotContain(ticket, password);
		}
		assertThat(request("GET", "/sandboxes/" + sandbox().name() + "/~" + ticket + "/ports/22/", "Connection: close")
			.rest()).startsWith("HTTP/1.1 403").doesNotContain(ticket);
		assertThat(post("/api/v1/sandboxes/x/tickets?ticket=" + ticket, "[", CALLER)).doesNotContain(ticket);
		assertThat(request("DELETE", "/api/v1/sandboxes/x/tickets/" + ticket, CALLER, "Connection: close").rest())
			.startsWith("HTTP/1.1 400")
			.doesNotContain(ticket);
		assertThat(output).contains("GET /sandboxes/" + sandbox().name() + "/ports/8080/?ticket=***")
			.contains("/~***/ports/22/")
			.doesNotContain(ticket, ticket.substring(4), password);
	}

	private void assertRefused(String path, String... headers) {
		assertThat(request("GET", path, headers).head().get(0)).as(path).contains(" 401");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	private void assertRefused(String path, String[] headers, String... more) {
		assertRefused(path, with(headers, more));
	}

	private static String[] with(String[] headers, String... more) {
		return Stream.of(headers, more).flatMap(Stream::of).toArray(String[]::new);
	}

	private String port(String rest) {
		return "/sandboxes/" + sandbox().name() + "/ports" + rest;
	}

	private String ticket(Purpose purpose) {
		return this.tickets.issue(sandbox().id(), Set.of(purpose)).text();
	}

	/** The segment of a path by which a page was let in. */
	private String swapped() {
		return "~" + ticket(Purpose.PORTS);
	}

	private JsonNode issue(String body) {
		String answer = post("/api/v1/sandboxes/" + sandbox().name() + "/tickets", body, CALLER);
		assertThat(answer).startsWith("HTTP/1.1 201").contains("Cache-Control: no-store");
		return JsonMapper.shared().readTree(answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
	}

	private String post(String path, String body, String... headers) {
		return request("POST", path, with(headers, "Content-Type: application/json", "Connection: close",
				"Content-Length: " + body.length()))
			.send(body)
			.rest();
	}

	private Wire[] socket(String path) {
		Wire client = request("GET", path, UPGRADE);
		Wire server = upstream().accept();
		assertThat(server.head().get(0)).doesNotContain("smt_");
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
		assertThat(client.head().get(0)).contains("101");
		return new Wire[] { client, server };
	}

	private List<String> serve() {
		Wire server = upstream().accept();
		List<String> head = server.head();
		server.send("HTTP/1.1 200 OK\nConnection: close\nContent-Length: 0\n\n");
		return head;
	}

}
