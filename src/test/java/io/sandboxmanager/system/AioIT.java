package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client of AIO Sandbox, which knows one address with the token in it and the names of
 * its sessions, with the real browser image.
 */
@Timeout(180)
class AioIT {

	private static final String TOKEN = "a-token-of-enough-length";

	private static final String PAGE = "data:text/html,<title>%1$s</title><h1>%1$s</h1>";

	private static final Duration LOADED = Duration.ofSeconds(20);

	@RegisterExtension
	static final Servers servers = Servers.forAllTests();

	private static final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private static ServerProcess server;

	@BeforeAll
	static void start() {
		server = servers.server("BEARER_TOKEN", TOKEN, "POOL_SIZE", "0").start();
	}

	private static HttpResponse<String> send(String session, String path, Map<String, ?> body) {
		HttpRequest.Builder request = HttpRequest.newBuilder(server.address().resolve(path))
			.header("Authorization",
					"Basic " + Base64.getEncoder().encodeToString(("any:" + TOKEN).getBytes(StandardCharsets.UTF_8)))
			.header("Content-Type", "application/json");
		if (!session.isEmpty()) {
			request.header("X-Session-ID", session);
		}
		request = body.isEmpty() ? request.GET()
				: request.POST(BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(body)));
		try {
			return client.send(request.build(), BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** What the envelope of a success holds. */
	private static JsonNode data(String session, String path, Map<String, ?> body) {
		HttpResponse<String> response = send(session, path, body);
		JsonNode answer = JsonMapper.shared().readTree(response.body());
		assertThat(answer.path("success").asBoolean(false)).as(path + ": " + response.body()).isTrue();
		return answer.path("data");
	}

	private static String shell(String session, String command) {
		return data(session, "/v1/shell/exec", Map.of("command", command)).path("output").asString();
	}

	private static void act(String session, Map<String, ?> action) {
		data(session, "/v1/browser/actions", action);
	}

	private static void open(String session, String address) {
		act(session, Map.of("action_type", "HOTKEY", "keys", List.of("CTRL", "L")));
		act(session, Map.of("action_type", "TYPING", "text", address));
		act(session, Map.of("action_type", "PRESS", "key", "ENTER"));
	}

	/** The titles of the pages that the browser itself tells of. */
	private static String pages(String session) {
		return shell(session,
				"curl -s http://127.0.0.1:9222/json/list | jq -r '.[] | select(.type == \"page\") | .title'");
	}

	@Test
	void manyFirstRequestsOfASessionShareOneSandbox() {
		List<CompletableFuture<String>> calls = Stream
			.generate(() -> CompletableFuture.supplyAsync(() -> shell("crowd", "cat /etc/hostname")))
			.limit(4)
			.toList();
		assertThat(calls.stream().map(CompletableFuture::join).distinct()).hasSize(1);
		JsonNode sandboxes = Api.data(server.api().call("/get_session_mapping", Map.of("session_ctx_id", "aio:crowd")));
		assertThat(sandboxes).hasSize(1);
	}

	@Test
	void twoSessionsSeeNeitherFilesNorPagesOfEachOther() {
		for (String session : List.of("one", "two")) {
			data(session, "/v1/file/write", Map.of("file", "/workspace/" + session, "content", "mine"));
			open(session, PAGE.formatted(session));
		}
		for (String session : List.of("one", "two")) {
			assertThat(shell(session, "ls /workspace").strip()).isEqualTo(session);
			Await.until("the page is open", LOADED, () -> pages(session), (titles) -> titles.contains(session));
			assertThat(pages(session).strip()).isEqualTo(session);
		}
	}

	@Test
	void whatTheBrowserShowsIsAPicture() {
		JsonNode info = data("picture", "/v1/browser/info", Map.of());
		assertThat(info.path("viewport").path("width").asInt()).isPositive();
		HttpResponse<String> picture = send("picture", "/v1/browser/screenshot", Map.of());
		assertThat(picture.headers().firstValue("content-type")).contains("image/png");
		assertThat(picture.headers().firstValue("x-image-width")).isPresent();
	}

	@Test
	void withoutASessionNothingIsStarted() {
		int before = server.containers().size();
		assertThat(send("", "/v1/sandbox", Map.of()).statusCode()).isEqualTo(400);
		assertThat(server.containers()).hasSizeLessThanOrEqualTo(before);
	}

	@Test
	void aWrongTokenInTheAddressIsRefused() throws Exception {
		HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + "/v1/sandbox"))
			.header("Authorization",
					"Basic " + Base64.getEncoder().encodeToString("any:wrong".getBytes(StandardCharsets.UTF_8)))
			.header("X-Session-ID", "wrong")
			.build();
		assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
	}

}
