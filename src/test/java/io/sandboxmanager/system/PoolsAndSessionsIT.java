package io.sandboxmanager.system;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** Pools, limits and sessions that two servers on one Redis share. */
@Timeout(240)
class PoolsAndSessionsIT {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private static final String TYPES = """
			types:
			  base:
			    image: runtime-sandbox-base
			    pool: { min: 1, max: 3 }
			    reuse: { max_uses: 3 }
			  few:
			    image: runtime-sandbox-base
			    max_instances: 3
			""";

	@RegisterExtension
	static final SharedState state = SharedState.forAllTests();

	@TempDir
	private static Path work;

	private static Api one;

	private static Api other;

	@BeforeAll
	static void start() throws IOException {
		Path types = Files.writeString(work.resolve("types.yaml"), TYPES);
		one = state.server("SANDBOX_TYPES", types.toString()).start().api();
		other = state.server("SANDBOX_TYPES", types.toString()).start().api();
	}

	private static JsonNode json(HttpResponse<String> answer) {
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		return JsonMapper.shared().readTree(answer.body());
	}

	private static int warm(Api api) {
		return json(api.send("GET", "/api/v1/pools/base", null)).path("warm").intValue();
	}

	@Test
	void aSessionHasOneSandboxHoweverManyAskAtOnce() throws Exception {
		List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 10)
			.mapToObj((i) -> ((i % 2 == 0) ? one : other).sendLater("PUT", "/api/v1/sessions/shared/sandbox", null))
			.toList();
		List<String> names = asked.stream().map((call) -> json(call.join()).path("name").asString()).toList();
		assertThat(names.stream().distinct()).hasSize(1);
		assertThat(other.shell(names.get(0), "echo alive")).isEqualTo("alive\n");
	}

	@Test
	void aPoolIsResizedOnAllServersWhileTheyRun() throws Exception {
		Await.until("the pool is full", LIMIT, () -> warm(one), (count) -> count == 1);
		assertThat(
				json(one.send("PUT", "/api/v1/pools/base/bounds", "{\"min\": 3, \"max\": 4}")).path("min").intValue())
			.isEqualTo(3);
		Await.until("the pool has grown", LIMIT, () -> warm(other), (count) -> count == 3);
		other.send("PUT", "/api/v1/pools/base/bounds", "{\"min\": 0, \"max\": 0}");
		Await.until("the pool is empty", LIMIT, () -> warm(one), (count) -> count == 0);
		one.send("DELETE", "/api/v1/pools/base/bounds", null);
		Await.until("the pool is as configured", LIMIT, () -> warm(other), (count) -> count == 1);
		assertThat(json(other.send("GET", "/api/v1/pools", null))).hasSize(1);
		assertThat(json(one.send("GET", "/api/v1/drift", null)).path("records_failed").intValue()).isZero();
	}

	@Test
	void mistakesAreToldAsProblems() throws Exception {
		Api api = one;
		assertProblem(api.send("PUT", "/api/v1/pools/base/bounds", "{\"min\": 3, \"max\": 1}"), 400, "min <= max");
		assertProblem(api.send("PUT", "/api/v1/pools/base/bounds", "{\"min\": 3}"), 400, "two numbers");
		assertProblem(api.send("PUT", "/api/v1/pools/base/bounds", "nonsense"), 400, "not what is expected");
		assertProblem(api.send("PUT", "/api/v1/pools/few/bounds", "{\"min\": 1, \"max\": 1}"), 400, "has no pool");
		assertProblem(api.send("GET", "/api/v1/pools/bas", null), 404, "bas");
		assertProblem(api.send("PUT", "/api/v1/sessions/s/sandbox?type=bas", null), 404, "bas");
	}

	private static void assertProblem(HttpResponse<String> answer, int status, String detail) {
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
		assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
		assertThat(JsonMapper.shared().readTree(answer.body()).path("detail").asString()).contains(detail);
	}

	@Test
	void aReleasedSandboxComesBackCleanForItsOwnerOnEitherServer() throws Exception {
		Await.until("the pool is full", LIMIT, () -> warm(one), (count) -> count == 1);
		String first = one.acquire();
		one.shell(first,
				"echo secret > /workspace/file; echo secret > /tmp/file; setsid sleep 1000 > /dev/null 2>&1 & echo done");
		String container = one.info(first).path("container_id").asString();
		one.release(first);
		Await.until("it is back", LIMIT,
				() -> json(other.send("GET", "/api/v1/pools/base", null)).path("used").intValue(), (used) -> used == 1);
		String second = other.acquire();
		assertThat(second).isNotEqualTo(first);
		assertThat(other.info(second).path("container_id").asString()).isEqualTo(container);
		assertThat(other.shell(second, "ls /workspace /tmp/file 2>&1; pgrep -c sleep")).doesNotContain("secret")
			.contains("cannot access '/tmp/file'")
			.endsWith("0\n");
		assertThat(one.info(first).path("state").asString()).isEqualTo("released");
		one.release(first);
		assertThat(other.shell(second, "echo alive")).isEqualTo("alive\n");
	}

	@Test
	void theLimitOfATypeIsExactOverServers() throws Exception {
		List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 8)
			.mapToObj((i) -> ((i % 2 == 0) ? one : other).callLater("/create", Map.of("sandbox_type", "few")))
			.toList();
		List<HttpResponse<String>> answers = asked.stream().map(CompletableFuture::join).toList();
		assertThat(answers.stream().filter((answer) -> Api.data(answer).isString())).hasSize(3);
		assertThat(answers.stream().flatMap((answer) -> answer.headers().allValues(Api.ERROR_HEADER).stream()))
			.hasSize(5)
			.allMatch((reason) -> reason.contains("of this type"));
	}

}
