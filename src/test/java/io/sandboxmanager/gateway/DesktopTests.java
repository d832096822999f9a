package io.sandboxmanager.gateway;

import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.sandbox.Sandbox;

import static org.assertj.core.api.Assertions.assertThat;

/** Who sees the pages of a desktop, and what of the sandbox they see. */
class DesktopTests extends GatewayTest {

	private static final String CALLER = "Authorization: Bearer secret";

	private static final String PAGE = "HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 4\n\npage";

	@ParameterizedTest
	@ValueSource(strings = { "/v1/shell/ws", "/cdp", "/json/version", "/terminal", "/code-server/", "/fastapi/healthz",
			"/tools", "/./v1/file/read", "//v1/x", "/%761/x", "/;a/v1", "/vnc%2f../v1" })
	void whateverElseAnImageHasIsNotPartOfItsDesktop(String path) {
		assertThat(request("GET", "/desktop/" + sandbox().name() + path, CALLER).head().get(0)).contains("404");
		assertThat(request("GET", "/desktop/" + sandbox().name() + path, CALLER, UPGRADE).head().get(0))
			.contains("404");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void callerSeesPageWithoutTheTokenBeingLent() {
		Wire client = desktop("/vnc/page.html?a=1&password=x&b=%20", CALLER, "Cookie: sandbox-manager-ticket=k");
		List<String> head = serve();
		assertThat(head.get(0)).isEqualTo("GET /vnc/page.html?a=1&b=%20 HTTP/1.1");
		assertThat(Wire.values(head, "Authorization")).isEmpty();
		assertThat(Wire.values(head, "Cookie")).isEmpty();
		assertThat(client.head()).contains("Content-Type: text/html",
				"Content-Security-Policy: sandbox allow-scripts allow-forms", "X-Content-Type-Options: nosniff");
		assertThat(client.text(4)).isEqualTo("page");
	}

	@Test
	void desktopIsFoundByTheSandboxesId() {
		Wire client = request("GET", "/desktop/" + sandbox().id() + "/vnc/page.html", CALLER);
		serve();
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void statusOfTheSandboxIsPassedOn() {
		Wire client = desktop("/vnc/none.html", CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 404 Not Found\nContent-Length: 0\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 404");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "?password=wrong", "?password=", "?password", "?passwor=x" })
	void strangerIsSentAway(String query) {
		Wire client = desktop("/vnc/page.html" + query);
		List<String> head = client.head();
		assertThat(head).contains("WWW-Authenticate: Bearer").first().asString().contains("401");
		assertThat(client.text(36)).isEqualTo("{\"detail\":\"Authentication required\"}");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void strangerCannotTellWhichDesktopsThereAre() {
		Wire client = request("GET", "/desktop/none/vnc/page.html");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 401");
	}

	@Test
	void passwordOpensTheDesktopAndSetsCookieForIt() {
		Wire client = desktop("/vnc/page.html?password=" + password());
		serve();
		List<String> cookies = Wire.values(client.head(), "Set-Cookie");
		assertThat(cookies).singleElement()
			.asString()
			.startsWith("sandbox-manager-ticket=")
			.endsWith("; Path=/desktop/" + sandbox().name() + "; HttpOnly; SameSite=Lax")
			.doesNotContain(password());
	}

	@Test
	void cookieOverTlsStaysThere() {
		Wire client = desktop("/vnc/page.html?password=" + password(), "X-Forwarded-Proto: https");
		serve();
		assertThat(Wire.values(client.head(), "Set-Cookie")).singleElement().asString().endsWith("; Secure");
	}

	@Test
	void cookieOpensThisDesktopOnly() {
		String cookie = cookie();
		Wire client = desktop("/vnc/core/rfb.js", "Cookie: " + cookie);
		serve();
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		try (Upstream other = new Upstream()) {
			Sandbox foreign = sandboxes().add(other.url());
			Wire stranger = request("GET", "/desktop/" + foreign.name() + "/vnc/page.html", "Cookie: " + cookie);
			assertThat(stranger.head().get(0)).startsWith("HTTP/1.1 401");
			stranger = request("GET", "/desktop/" + foreign.name() + "/vnc/page.html?password=" + password());
			assertThat(stranger.head().get(0)).startsWith("HTTP/1.1 401");
		}
	}

	@Test
	void browserFindsThePartsOfPageWithoutCookie() {
		Wire browser = desktop("/vnc/page.html?password=" + password(), "Accept: text/html,*/*;q=0.8");
		List<String> head = browser.head();
		assertThat(head.get(0)).startsWith("HTTP/1.1 302");
		String location = Wire.values(head, "Location").get(0);
		assertThat(location).startsWith("/desktop/" + sandbox().name() + "/~")
			.endsWith("/vnc/page.html?password=" + password());
		browser = request("GET", location, "Accept: text/html");
		assertThat(serve().get(0)).isEqualTo("GET /vnc/page.html HTTP/1.1");
		assertThat(browser.head().get(0)).startsWith("HTTP/1.1 200");
		String part = location.substring(0, location.indexOf("/vnc/")) + "/vnc/core/rfb.js";
		browser = request("GET", part, "Origin: null");
		assertThat(serve().get(0)).isEqualTo("GET /vnc/core/rfb.js HTTP/1.1");
		assertThat(browser.head()).contains("Access-Control-Allow-Origin: null");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/fastapi/healthz", "//fastapi/healthz", "/./fastapi/healthz", "/%66astapi/healthz",
			"/fastapi%2fhealthz", "/fastapi;x/healthz", "/tools/run_shell_command", "/healthz", "/%5cfastapi/healthz" })
	void apiInsideIsNotPartOfTheDesktop(String path) {
		assertThat(desktop(path, CALLER).head().get(0)).startsWith("HTTP/1.1 404");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void redirectsAndCookiesStayBelowTheDesktop() {
		Wire client = desktop("/vnc", CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send("""
				HTTP/1.1 302 Found
				Location: /vnc/
				Set-Cookie: a=1; Path=/; Domain=x; Secure
				Content-Length: 0

				""");
		assertThat(client.head()).contains("Location: /desktop/" + sandbox().name() + "/vnc/",
				"Set-Cookie: a=1; Secure; Path=/desktop/" + sandbox().name());
	}

	@Test
	void redirectToTheSandboxesAddressIsTranslated() {
		Wire client = desktop("/vnc", CALLER);
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 302 Found\nLocation: " + upstream().url() + "/vnc/?a\nContent-Length: 0\n\n");
		assertThat(client.head()).contains("Location: /desktop/" + sandbox().name() + "/vnc/?a");
	}

	@ParameterizedTest
	@ValueSource(strings = { "POST", "HEAD", "PUT", "OPTIONS" })
	void onlyReadingIsAllowed(String method) {
		List<String> head = request(method, "/desktop/" + sandbox().name() + "/x", CALLER, "Content-Length: 0").head();
		assertThat(head.get(0)).startsWith("HTTP/1.1 405");
		assertThat(Wire.values(head, "Allow")).containsExactly("GET");
	}

	@Test
	void unknownDesktopIsNotFound() {
		assertThat(request("GET", "/desktop/none/vnc/page.html", CALLER).head()).contains("Content-Length: 0")
			.first()
			.asString()
			.contains("404");
	}

	@Test
	void releasedDesktopIsNotFoundThoughItsPortAnswers() {
		sandboxes().put(sandbox().releasing(Instant.EPOCH, Instant.EPOCH));
		assertThat(desktop("/vnc/page.html", CALLER).head().get(0)).startsWith("HTTP/1.1 404");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void desktopThatCannotBeReachedNamesTheSandbox() {
		upstream().close();
		assertThat(desktop("/vnc/page.html", CALLER, "Connection: close").rest()).startsWith("HTTP/1.1 502")
			.contains("\"Upstream request failed: sandbox " + sandbox().name());
	}

	private Wire desktop(String rest, String... headers) {
		return request("GET", "/desktop/" + sandbox().name() + rest, headers);
	}

	private String password() {
		return sandbox().token().secret();
	}

	private String cookie() {
		Wire client = desktop("/vnc/page.html?password=" + password());
		serve();
		return Wire.values(client.head(), "Set-Cookie").get(0).replaceFirst(";.*", "");
	}

	/** Answers a request at the sandbox with a page; returns the request's head. */
	private List<String> serve() {
		Wire server = upstream().accept();
		List<String> head = server.head();
		server.send(PAGE.replace("200 OK\n", "200 OK\nConnection: close\n"));
		return head;
	}

}
