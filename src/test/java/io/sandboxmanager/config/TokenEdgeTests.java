package io.sandboxmanager.config;

import java.io.IOException;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.sandboxmanager.config.RawHttp.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/** A server with a token: who gets in, by what path, and from which page. */
@SpringBootTest(classes = EdgeApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "sandbox-manager.security.bearer-token=" + TokenEdgeTests.TOKEN, "server.address=127.0.0.1",
				"logging.level.io.sandboxmanager=debug" })
@ExtendWith(OutputCaptureExtension.class)
class TokenEdgeTests {

	static final String TOKEN = "s3cret-of-the-server";

	private static final String RIGHT = "Authorization: Bearer " + TOKEN;

	private static final String REQUIRED = "{\"detail\":\"Authentication required\"}";

	private static final String INVALID = "{\"detail\":\"Invalid authentication credentials\"}";

	private final EdgeApplication.Handlers handlers;

	private final RawHttp server;

	TokenEdgeTests(@Autowired EdgeApplication.Handlers handlers, @LocalServerPort int port) {
		this.handlers = handlers;
		this.server = new RawHttp(port);
	}

	@BeforeEach
	void forget() {
		this.handlers.reached.clear();
	}

	@Test
	void rightTokenIsLetInAndHasAnOwner() throws IOException {
		for (String scheme : new String[] { "Bearer ", "bearer ", "BEARER ", "Bearer   " }) {
			Answer answer = this.server.send("POST", "/create", "Authorization: " + scheme + TOKEN);
			assertThat(answer.status()).isEqualTo(200);
			assertThat(answer.body()).isEqualTo("{\"data\":\"token\"}");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "X-Other: 1", "Authorization:", "Authorization: Bearer", "Authorization: Bearer ",
			"Authorization: " + TOKEN, "Authorization: Basic " + TOKEN, "Authorization: Bearer" + TOKEN,
			RIGHT + "\r\n" + RIGHT })
	void requestWithoutABearerTokenIsToldThatItNeedsOne(String header) throws IOException {
		assertRefused(this.server.send("POST", "/create", header), REQUIRED);
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", TOKEN + "x", "S3CRET-OF-THE-SERVER", "s3cret-of-the-serve", TOKEN + " x",
			"\"" + TOKEN + "\"" })
	void wrongTokenIsToldThatItIsWrong(String token) throws IOException {
		assertRefused(this.server.send("POST", "/create", "Authorization: Bearer " + token), INVALID);
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" })
	void everyMethodIsGuarded(String method) throws IOException {
		assertThat(this.server.send(method, "/proxy/x/y").status()).isEqualTo(401);
	}

	@Test
	void refusalComesBeforeTheBody() throws IOException {
		Answer answer = this.server.send("POST", "/create", "Content-Length: 1000000");
		assertRefused(answer, REQUIRED);
	}

	@Test
	void webSocketIsGuardedToo() throws IOException {
		Answer answer = this.server.send("GET", "/proxy/x/y", "Upgrade: websocket", "Connection: Upgrade",
				"Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA");
		assertRefused(answer, REQUIRED);
	}

	@Test
	void unknownPathIsNotToldToStrangers() throws IOException {
		assertRefused(this.server.send("GET", "/no_such_route"), REQUIRED);
		assertThat(this.server.send("GET", "/no_such_route", RIGHT).status()).isEqualTo(404);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/health", "/health?x=1", "http://HOST/health" })
	void healthIsOpen(String target) throws IOException {
		assertThat(this.server.send("GET", target).status()).isEqualTo(200);
		assertThat(this.server.send("GET", target, "Authorization: Bearer wrong").status()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "//create", "/;x/create", "/create;x", "/create/", "/./create", "/health/../create",
			"/health/%2e%2e/create", "/health;/../create", "/%63reate", "/desktop/../create", "/desktop/x/../../create",
			"/desktop/%2e%2e/create", "/desktop/..;/create", "/desktop;/../create", "/desktop%2f..%2fcreate",
			"/desktop/..%2fcreate", "/desktop/%252e%252e/create", "/desktop\\..\\create", "/desktop/..\\create",
			"http://HOST/create", "http://HOST/desktop/../create", "/health%00/create", "/proxy/../create" })
	void noSpellingOfAPathGetsAroundTheToken(String target) throws IOException {
		Answer answer = this.server.send("POST", target);
		assertThat(answer.status()).isIn(400, 401, 405);
		assertThat(this.handlers.reached).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/health/", "/health/..", "/health/.", "//health", "/HEALTH", "/Health", "/%68ealth",
			"/health;x=1", "/;/health", "/health%20", "/healthz", "/health/x", "/desktop", "/desktopx", "/Desktop/x",
			"//desktop/x", "/desktop;/x", "/proxy/../health", "/desktop/../health", "/x/../desktop/x", "/" })
	void onlyTheExactPathIsOpen(String target) throws IOException {
		assertThat(this.server.send("GET", target).status()).isIn(400, 401);
		assertThat(this.handlers.reached).isEmpty();
	}

	@Test
	void desktopDecidesByItself() throws IOException {
		assertThat(this.server.send("GET", "/desktop/name").status()).isEqualTo(200);
		assertThat(this.server.send("GET", "/desktop/name/vnc/page.html?password=x").status()).isEqualTo(200);
	}

	@Test
	void preflightOfAnyOriginIsAnsweredWithoutAToken() throws IOException {
		Answer answer = this.server.send("OPTIONS", "/create", "Origin: http://console.example",
				"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type");
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.body()).isEqualTo("OK");
		assertThat(answer.header("Access-Control-Allow-Origin")).hasValue("*");
		assertThat(answer.header("Access-Control-Allow-Methods"))
			.hasValue("GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD");
		assertThat(answer.header("Access-Control-Allow-Headers")).hasValue("authorization,content-type");
		assertThat(answer.header("Access-Control-Max-Age")).hasValue("600");
		assertThat(answer.header("Access-Control-Allow-Credentials")).isEmpty();
		assertThat(this.handlers.reached).isEmpty();
	}

	@Test
	void preflightThatNamesNoHeadersAllowsAllAndTheToken() throws IOException {
		for (String header : new String[] { "X-Other: 1", "Access-Control-Request-Headers: a b; <c>" }) {
			Answer answer = this.server.send("OPTIONS", "/create", "Origin: null",
					"Access-Control-Request-Method: POST", header);
			assertThat(answer.header("Access-Control-Allow-Headers")).hasValue("*, Authorization");
		}
	}

	@Test
	void everyAnswerToAPageMayBeReadByIt() throws IOException {
		for (String token : new String[] { RIGHT, "Authorization: Bearer wrong" }) {
			Answer answer = this.server.send("POST", "/create", token, "Origin: http://console.example");
			assertThat(answer.header("Access-Control-Allow-Origin")).hasValue("*");
			assertThat(answer.header("Access-Control-Expose-Headers")).hasValue("X-Request-ID, X-Sandbox-Error");
			assertThat(answer.header("Access-Control-Allow-Credentials")).isEmpty();
			assertThat(answer.header("Vary")).hasValue("Origin");
		}
		assertThat(this.server.send("GET", "/health").header("Access-Control-Allow-Origin")).isEmpty();
	}

	@Test
	void optionsWithoutAPreflightsHeadersIsNoPreflight() throws IOException {
		assertRefused(this.server.send("OPTIONS", "/create", "Origin: http://console.example"), REQUIRED);
		assertRefused(this.server.send("OPTIONS", "/create", "Access-Control-Request-Method: POST"), REQUIRED);
	}

	@Test
	void nameUnderWhichTheServerIsCalledDoesNotMatter() throws IOException {
		assertThat(this.server.send("POST", "/create", RIGHT, "Host: sandboxes.example").status()).isEqualTo(200);
	}

	@Test
	void noSecretIsLogged(CapturedOutput output) throws IOException {
		this.server.send("POST", "/create?token=" + TOKEN, RIGHT);
		this.server.send("GET", "/desktop/n/page?a=1&password=the-password&ticket=the-ticket", RIGHT);
		this.server.send("POST", "/boom?token=" + TOKEN, RIGHT);
		this.server.send("POST", "/create", "Authorization: Bearer the-guess");
		assertThat(output).contains("/create?token=*** 200", "a=1&password=***&ticket=***", "POST /boom failed")
			.doesNotContain(TOKEN, "the-password", "the-ticket", "the-guess");
	}

	private static void assertRefused(Answer answer, String body) {
		assertThat(answer.status()).isEqualTo(401);
		assertThat(answer.body()).isEqualTo(body);
		assertThat(answer.header("WWW-Authenticate")).hasValue("Bearer");
		assertThat(answer.header("Content-Type"))
			.hasValueSatisfying((type) -> assertThat(type).startsWith("application/json"));
		assertThat(answer.header("X-Request-ID")).isPresent();
	}

}
