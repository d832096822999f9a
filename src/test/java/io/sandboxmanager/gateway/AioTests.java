package io.sandboxmanager.gateway;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.UnknownSandboxTypeException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Which sandbox a request with a session goes to, and what its caller is told without
 * one.
 */
class AioTests extends GatewayTest {

	private static final String MINE = "X-Session-ID: mine";

	private static final String OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}";

	@BeforeEach
	void bind() {
		sandboxes().bind("mine", this::sandbox);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/v1/browser/info?a=%20", "/mcp", "/mcp/x", "/v1/file/download?path=/a%2fb" })
	void requestGoesToTheSandboxOfItsSessionAsItCame(String target) {
		Wire client = request("GET", target, MINE, "Authorization: Basic eDp5");
		Wire server = upstream().accept();
		List<String> head = server.head();
		assertThat(head.get(0)).isEqualTo("GET " + target + " HTTP/1.1");
		assertThat(Wire.values(head, "Authorization")).containsExactly("Bearer " + sandbox().token().secret());
		server.send(OK);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		assertThat(client.text(2)).isEqualTo("{}");
	}

	@Test
	void eachSessionHasItsOwn() {
		try (Upstream other = new Upstream()) {
			Sandbox foreign = sandboxes().add(other.url());
			sandboxes().bind("other", () -> foreign);
			request("GET", "/v1/sandbox", "X-Session-ID: other");
			assertThat(other.accept().head().get(0)).isEqualTo("GET /v1/sandbox HTTP/1.1");
			assertThat(upstream().isLeftAlone()).isTrue();
		}
	}

	@Test
	void theUseLastsAsLongAsTheRequest() {
		Wire client = request("GET", "/v1/shell/view", MINE);
		Wire server = upstream().accept();
		server.head();
		assertThat(sandboxes().activities()).isEqualTo(1);
		server.send(OK);
		client.head();
		client.text(2);
		await().untilAsserted(() -> assertThat(sandboxes().answered()).contains(sandbox().id()));
		await().until(() -> sandboxes().activities() == 0);
	}

	@Test
	void withoutSessionNothingIsStartedAndTheCallerIsToldWhatToSend() {
		String answer = answer(request("POST", "/v1/shell/exec", "Content-Length: 0"), "400");
		assertThat(answer).startsWith("{\"success\":false,\"message\":\"the request names no session\",\"data\":null")
			.contains("X-Session-ID");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void aNameThatIsTooLongIsRefused() {
		assertThat(answer(request("GET", "/v1/sandbox", "X-Session-ID: " + "x".repeat(201)), "400"))
			.contains("201 characters of at most 200");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/v1/%2e%2e/fastapi/healthz", "/v1/..;x/healthz", "/v1/a%5c..%5cb" })
	void nothingLeadsUp(String target) {
		assertThat(request("GET", target, MINE).head().get(0)).matches("HTTP/1.1 40[04].*");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void whyThereIsNoSandboxIsSaid() {
		sandboxes().bind("full", () -> {
			throw SandboxLimitExceededException.ofAll("aio", 9, 9);
		});
		sandboxes().bind("away", () -> {
			throw new StateUnavailableException("the state is away", null);
		});
		sandboxes().bind("untyped", () -> {
			throw new UnknownSandboxTypeException("aio");
		});
		assertThat(answer(request("GET", "/v1/sandbox", "X-Session-ID: full"), "429")).contains("9 of at most 9");
		assertThat(answer(request("GET", "/v1/sandbox", "X-Session-ID: away"), "503")).contains("the state is away");
		assertThat(answer(request("GET", "/v1/sandbox", "X-Session-ID: untyped"), "404")).contains("catalogue");
	}

	@Test
	void aSandboxThatIsGoneIsNamed() {
		upstream().close();
		assertThat(answer(request("GET", "/v1/sandbox", MINE), "502")).contains(sandbox().name());
	}

	private static String answer(Wire client, String status) {
		List<String> head = client.head();
		assertThat(head.get(0)).startsWith("HTTP/1.1 " + status);
		return client.text(Integer.parseInt(Wire.values(head, "Content-Length").get(0)));
	}

}
