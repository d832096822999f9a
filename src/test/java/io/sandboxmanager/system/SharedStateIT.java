package io.sandboxmanager.system;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** Several servers on one Redis and one engine. */
@Timeout(240)
class SharedStateIT {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@RegisterExtension
	static final SharedState state = SharedState.forEachTest();

	@Test
	void whatOneServerMakesTheOtherKnowsCallsForwardsAndReleases() {
		List<ServerProcess> servers = state.startTwo("POOL_SIZE", "0");
		ServerProcess maker = servers.get(0);
		Api one = maker.api();
		Api other = servers.get(1).api();
		String sandbox = one.create();
		assertThat(other.shell(sandbox, "echo hello > file; cat file")).isEqualTo("hello\n");
		assertThat(one.info(sandbox)).isEqualTo(other.info(sandbox));
		HttpRequest proxied = other.request("/proxy/" + sandbox + "/healthz").build();
		assertThat(other.send(proxied, HttpResponse.BodyHandlers.ofString()).body()).isEqualTo("OK");
		other.release(sandbox);
		Await.until("it is removed", LIMIT, maker::containers, List::isEmpty);
	}

	@Test
	void noWarmSandboxIsHandedOutTwiceAndThePoolIsNotOverfilled() {
		List<ServerProcess> servers = state.startTwo("POOL_SIZE", "3");
		ServerProcess first = servers.get(0);
		ServerProcess second = servers.get(1);
		Api one = first.api();
		Api other = second.api();
		Await.until("the pool is full", LIMIT, SharedStateIT::warm, (count) -> count == 3);
		List<CompletableFuture<HttpResponse<String>>> calls = IntStream.range(0, 12)
			.mapToObj((i) -> ((i % 2 == 0) ? one : other).callLater("/create_from_pool", Api.BASE))
			.toList();
		List<String> names = calls.stream().map((call) -> Api.data(call.join()).asString("")).toList();
		assertThat(names).doesNotHaveDuplicates().doesNotContain("");
		Await.until("the pool is full again", LIMIT, SharedStateIT::warm, (count) -> count == 3);
		names.forEach(one::release);
		first.stop();
		second.stop();
		assertThat(second.containers()).isEmpty();
	}

	private static int warm() {
		return state.size("warm");
	}

	@Test
	void aServerThatStopsLeavesTheSandboxesToTheOthersAndTheLastOneCleansUp() {
		List<ServerProcess> servers = state.startTwo("POOL_SIZE", "0");
		ServerProcess one = servers.get(0);
		ServerProcess other = servers.get(1);
		String sandbox = one.api().create();
		one.stop();
		assertThat(other.api().shell(sandbox, "echo alive")).isEqualTo("alive\n");
		other.stop();
		assertThat(other.containers()).isEmpty();
		assertThat(state.size("occupied")).isZero();
	}

	@Test
	void sandboxesSurviveTheCrashOfTheirServer() throws IOException {
		ServerProcess server = state.server("POOL_SIZE", "0").start();
		String sandbox = server.api().create();
		server.kill();
		server.start();
		assertThat(server.api().shell(sandbox, "echo alive > file && cat file")).isEqualTo("alive\n");
		assertThat(state.mounts().resolve(sandbox.substring(server.prefix().length())).resolve("file"))
			.hasContent("alive\n");
		server.api().release(sandbox);
	}

	@Test
	void withoutRedisCallsFailAtOnceAndNothingIsLostWhenItIsBack() {
		ServerProcess server = state.server("POOL_SIZE", "0", "REDIS_TIMEOUT", "500ms").start();
		Api api = server.api();
		String sandbox = api.create();
		String unknown = api.create();
		assertThat(proxied(api, sandbox)).isEqualTo(200);
		state.redis().freeze();
		HttpResponse<String> refused = api.call("/get_info", Map.of("identity", sandbox));
		assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
		assertThat(JsonMapper.shared().readTree(refused.body()).path("detail").asString())
			.contains("Redis at localhost");
		assertThat(refused.headers().firstValue("Retry-After")).isPresent();
		assertThat(api.call("/create", Api.BASE).statusCode()).isEqualTo(503);
		assertThat(proxied(api, sandbox)).as("it was reached before").isEqualTo(200);
		assertThat(proxied(api, unknown)).isEqualTo(503);
		assertThat(api.isHealthy()).isTrue();
		state.redis().thaw();
		Await.until("the state is back", LIMIT, () -> api.call("/get_info", Map.of("identity", sandbox)).statusCode(),
				(status) -> status == 200);
		assertThat(api.shell(sandbox, "echo alive")).isEqualTo("alive\n");
		api.release(sandbox);
	}

	@Test
	void whatRunsIsAdoptedWhenRedisComesBackEmpty() {
		List<ServerProcess> servers = state.startTwo("POOL_SIZE", "0", "RECONCILE_INTERVAL", "1");
		ServerProcess one = servers.get(0);
		ServerProcess other = servers.get(1);
		String sandbox = one.api().create();
		assertThat(one.api().shell(sandbox, "echo kept > file; cat file")).isEqualTo("kept\n");
		state.redis().kill();
		state.redis().startAgain();
		Await.until("it is known again", LIMIT,
				() -> other.api().call("/get_info", Map.of("identity", sandbox)).statusCode(),
				(status) -> status == 200);
		assertThat(other.api().shell(sandbox, "cat file")).isEqualTo("kept\n");
		one.api().release(sandbox);
		Await.until("it is removed", LIMIT, one::containers, List::isEmpty);
	}

	@Test
	void whatRunsIsAdoptedByAServerThatStartsOnAnEmptyRedis() {
		ServerProcess server = state.server("POOL_SIZE", "0").start();
		String sandbox = server.api().create();
		server.kill();
		state.redis().kill();
		state.redis().startAgain();
		server.start();
		assertThat(server.api().shell(sandbox, "echo alive")).isEqualTo("alive\n");
		server.stop();
		assertThat(server.containers()).isEmpty();
	}

	@Test
	void callersWaitTheirTurnOverServers() {
		String[] settings = { "POOL_ON_MISS", "wait", "MAX_SANDBOX_INSTANCES", "2" };
		List<ServerProcess> servers = state.startTwo(settings);
		Api one = servers.get(0).api();
		Api other = servers.get(1).api();
		List<String> held = List.of(one.acquire(), other.acquire());
		CompletableFuture<HttpResponse<String>> first = one.callLater("/create_from_pool", Api.BASE);
		Await.until("one waits", LIMIT, () -> state.size("queue:base"), (count) -> count == 1);
		CompletableFuture<HttpResponse<String>> second = other.callLater("/create_from_pool", Api.BASE);
		Await.until("two wait", LIMIT, () -> state.size("queue:base"), (count) -> count == 2);
		one.release(held.get(0));
		assertThat(Api.data(first.join()).isString()).isTrue();
		assertThat(second).isNotDone();
		other.release(held.get(1));
		assertThat(Api.data(second.join()).isString()).isTrue();
	}

	@Test
	void aSessionThatWasRecycledIsRestoredByEitherServer() {
		List<ServerProcess> servers = state.startTwo("POOL_SIZE", "0", "HEARTBEAT_TIMEOUT", "2");
		Api one = servers.get(0).api();
		Api other = servers.get(1).api();
		String sandbox = Api
			.data(one.call("/create", Map.of("sandbox_type", "base", "meta", Map.of("session_ctx_id", "idle"))))
			.asString();
		one.shell(sandbox, "echo kept > /workspace/file; echo done");
		Await.until("it is recycled", LIMIT, () -> other.info(sandbox).path("state").asString(),
				(state) -> state.equals("recycled"));
		assertThat(other.shell(sandbox, "cat /workspace/file")).isEqualTo("kept\n");
		assertThat(one.shell(sandbox, "cat /workspace/file")).isEqualTo("kept\n");
	}

	@Tag("full")
	@Test
	void whatAServerWasMakingWhenItWasKilledIsRemovedByTheOther() {
		String[] settings = { "POOL_SIZE", "0", "MAX_SANDBOX_INSTANCES", "3" };
		List<ServerProcess> servers = state.startTwo(settings);
		ServerProcess killed = servers.get(0);
		Api other = servers.get(1).api();
		List<CompletableFuture<HttpResponse<String>>> lost = IntStream.range(0, 6)
			.mapToObj((i) -> killed.api().callLater("/create", Api.BASE))
			.toList();
		Await.until("the making has begun", LIMIT, () -> state.size("occupied"), (count) -> count == 3);
		killed.kill();
		assertThat(lost).as("others may have been refused before")
			.anySatisfy((call) -> assertThat(call).failsWithin(LIMIT));
		Await.until("their slots are free", LIMIT, () -> state.size("occupied") + state.size("deadlines"),
				(count) -> count == 0);
		assertThat(Api.data(other.call("/create", Api.BASE)).isString()).isTrue();
	}

	private static int proxied(Api api, String sandbox) {
		HttpRequest request = api.request("/proxy/" + sandbox + "/healthz").build();
		return api.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
	}

}
