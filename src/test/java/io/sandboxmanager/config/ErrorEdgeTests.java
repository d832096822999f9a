package io.sandboxmanager.config;

import java.io.IOException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.sandboxmanager.config.RawHttp.Answer;

import static org.assertj.core.api.Assertions.assertThat;

/** How errors are told that no handler maps: always as JSON, never as a page. */
@SpringBootTest(classes = EdgeApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = "server.address=127.0.0.1")
@ExtendWith(OutputCaptureExtension.class)
class ErrorEdgeTests {

	private final RawHttp server;

	ErrorEdgeTests(@LocalServerPort int port) {
		this.server = new RawHttp(port);
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET", "POST", "PUT", "DELETE" })
	void unknownPathIsNotFound(String method) throws IOException {
		assertError(this.server.send(method, "/no_such_route"), 404, "Not Found");
		assertError(this.server.send(method, "/no_such_route/"), 404, "Not Found");
	}

	@Test
	void otherMethodIsNotAllowed() throws IOException {
		Answer answer = this.server.send("GET", "/create");
		assertError(answer, 405, "Method Not Allowed");
		assertThat(answer.header("Allow")).hasValue("POST");
		assertError(this.server.send("TRACE", "/create"), 405, "Method Not Allowed");
	}

	@Test
	void slashTooManyIsRedirected() throws IOException {
		Answer answer = this.server.send("POST", "/create/?a=%20b");
		assertThat(answer.status()).isEqualTo(307);
		assertThat(answer.header("Location")).hasValue("/create?a=%20b");
	}

	@Test
	void slashOfASandboxIsLeftToIt() throws IOException {
		assertThat(this.server.send("GET", "/proxy/x/folder/").status()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "//evil.example/", "//evil.example/create/", "/create//", "/\\evil.example/" })
	void redirectLeadsNowhereElse(String target) throws IOException {
		assertThat(this.server.send("GET", target).status()).isIn(400, 404);
	}

	@Test
	void unexpectedFailureIsLoggedAndNotTold(CapturedOutput output) throws IOException {
		assertError(this.server.send("POST", "/boom", "X-Request-ID: my-id"), 500, "Internal Server Error");
		assertThat(output).contains("IllegalStateException: something private", "at io.sandboxmanager.config")
			.containsPattern("my-id.*POST /boom failed");
	}

	@Test
	void failureOfADesktopDoesNotTellItsKey(CapturedOutput output) throws IOException {
		assertError(this.server.send("DELETE", "/desktop/broken/~lasting-key/a"), 500, "Internal Server Error");
		assertThat(output).contains("DELETE /desktop/broken/~***/a failed").doesNotContain("lasting-key");
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
			"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
			"nonsense\r\n\r\n", "POST /create HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
			"POST /create HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n" })
	void malformedRequestIsRefusedAsJson(String request) throws IOException {
		Answer answer = this.server.sendBytes(request);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.body()).isEqualTo("{\"detail\":\"Bad Request\"}");
		assertThat(answer.header("Server")).isEmpty();
	}

	private static void assertError(Answer answer, int status, String detail) {
		assertThat(answer.status()).isEqualTo(status);
		assertThat(answer.body()).isEqualTo("{\"detail\":\"" + detail + "\"}");
		assertThat(answer.header("Content-Type"))
			.hasValueSatisfying((type) -> assertThat(type).startsWith("application/json"));
	}

}
