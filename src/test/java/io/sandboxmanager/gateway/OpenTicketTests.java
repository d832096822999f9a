package io.sandboxmanager.gateway;

import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;

import io.sandboxmanager.config.GuardedServer;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;

import static org.assertj.core.api.Assertions.assertThat;

/** Tickets on a server without a token, which programs of this machine need not show. */
@SpringBootTest(classes = GuardedServer.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@TestPropertySource(properties = "server.address=127.0.0.1")
class OpenTicketTests extends GatewayTest {

	@Autowired
	private Tickets tickets;

	@Test
	void programNeedsNone() {
		Wire program = local("GET", port("/8080/"));
		serve();
		assertThat(program.head().get(0)).contains("200");
	}

	@Test
	void whoFollowsALinkToAPageNeedsNone() {
		Wire browser = local("GET", port("/8080/"), "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate",
				"Sec-Fetch-Dest: document");
		serve();
		assertThat(browser.head().get(0)).contains("200");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site" })
	void pageInASandboxReachesNoOtherAndNotTheApi(String page) {
		for (String path : List.of(port("/8080/"), "/desktop/" + sandbox().name() + "/vnc/page.html",
				"/sandboxes/" + sandbox().name() + "/cdp/json/version")) {
			assertThat(local("GET", path, page).head().get(0)).as(path).contains("401");
		}
		assertThat(local("POST", port("/8080/"), page, "Content-Length: 0").head().get(0)).contains("401");
		assertThat(
				local("POST", "/api/v1/sandboxes/" + sandbox().name() + "/tickets", "Origin: null", "Content-Length: 0")
					.head()
					.get(0))
			.contains("403");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void pageOfAnotherSiteReachesNothingEvenWithATicket() {
		assertThat(local("GET", ticketed("/8080/"), "Origin: http://evil.example").head().get(0)).contains("403");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void pageOfASandboxReachesItsOwnPortByTheTicketInItsAddress() {
		Wire page = local("POST", ticketed("/8080/data"), "Origin: null", "Sec-Fetch-Site: cross-site",
				"Content-Length: 0");
		assertThat(serve().get(0)).isEqualTo("POST /ports/8080/data HTTP/1.1");
		assertThat(page.head()).contains("Access-Control-Allow-Origin: null").first().asString().contains("200");
	}

	@Test
	void browserMayAskForItFirst() {
		Wire browser = local("OPTIONS", ticketed("/8080/data"), "Origin: null", "Access-Control-Request-Method: PUT",
				"Access-Control-Request-Headers: content-type");
		assertThat(browser.head())
			.contains("Access-Control-Allow-Origin: null", "Access-Control-Allow-Methods: PUT",
					"Access-Control-Allow-Headers: content-type")
			.first()
			.asString()
			.contains("204");
		Wire stranger = local("OPTIONS", port("/8080/data"), "Origin: null", "Access-Control-Request-Method: PUT");
		assertThat(stranger.head().get(0)).contains("401");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	private String port(String rest) {
		return "/sandboxes/" + sandbox().name() + "/ports" + rest;
	}

	private String ticketed(String rest) {
		return "/sandboxes/" + sandbox().name() + "/~"
				+ this.tickets.issue(sandbox().id(), Set.of(Purpose.PORTS)).text() + "/ports" + rest;
	}

	/** A request as a program of this machine makes it. */
	private Wire local(String method, String path, String... headers) {
		String more = (headers.length > 0) ? String.join("\n", headers) + "\n" : "";
		return client().send(method + " " + path + " HTTP/1.1\nHost: localhost:" + port() + "\n" + more + "\n");
	}

	private List<String> serve() {
		Wire server = upstream().accept();
		List<String> head = server.head();
		server.send("HTTP/1.1 200 OK\nConnection: close\nContent-Length: 0\n\n");
		return head;
	}

}
