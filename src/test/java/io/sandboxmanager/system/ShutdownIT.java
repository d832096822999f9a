package io.sandboxmanager.system;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** A server that is asked to end. */
class ShutdownIT {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	/** By itself, or by the signal. */
	private static final Integer[] CLEAN = { 0, 143 };

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@Test
	void removesFiftySandboxes() {
		ServerProcess server = servers.server("POOL_SIZE", "2").start();
		createAll(server, 50);
		assertThat(server.containers()).hasSizeGreaterThanOrEqualTo(50);
		long signal = System.nanoTime();
		server.terminate();
		assertThat(server.awaitExit(LIMIT)).isIn((Object[]) CLEAN);
		System.out.printf("50 sandboxes were gone %d ms after the signal%n",
				Duration.ofNanos(System.nanoTime() - signal).toMillis());
		assertThat(server.containers()).isEmpty();
	}

	@Test
	void leavesNothingOfSandboxesThatAreBeingMade() {
		ServerProcess server = servers.server("POOL_SIZE", "4").start();
		List<CompletableFuture<?>> calls = IntStream.range(0, 10)
			.<CompletableFuture<?>>mapToObj((i) -> server.api().callLater("/create", Api.BASE))
			.toList();
		Await.until("the first container is there", LIMIT, server::containers, (there) -> !there.isEmpty());
		server.terminate();
		assertThat(server.awaitExit(LIMIT)).isIn((Object[]) CLEAN);
		assertThat(server.containers()).isEmpty();
		assertThat(server.journal()).isEmpty();
		calls.forEach((call) -> Await.until("the caller is told", LIMIT, call::isDone, (told) -> told));
	}

	@Test
	void aToolThatEndsSoonAnswersBeforeItsSandboxGoes() throws Exception {
		ServerProcess server = servers.server("POOL_SIZE", "0").start();
		String sandbox = server.api().create();
		CompletableFuture<HttpResponse<String>> call = server.api()
			.callLater("/call_tool", Api.shellCall(sandbox, "touch /workspace/begun; sleep 4; echo done and told"));
		Await.until("the tool has begun", LIMIT, () -> server.api().shell(sandbox, "ls /workspace"),
				(files) -> files.contains("begun"));
		server.terminate();
		assertThat(call.get(LIMIT.toSeconds(), TimeUnit.SECONDS).body()).contains("done and told");
		assertThat(server.awaitExit(LIMIT)).isIn((Object[]) CLEAN);
		assertThat(server.containers()).isEmpty();
	}

	@Test
	void waitsForToolsThatRunForAMomentOnly() {
		ServerProcess server = servers.server("POOL_SIZE", "0").start();
		String sandbox = server.api().create();
		CompletableFuture<?> call = server.api()
			.callLater("/call_tool", Api.shellCall(sandbox, "touch /workspace/begun; exec sleep 50"));
		Await.until("the tool has begun", LIMIT, () -> server.api().shell(sandbox, "ls /workspace"),
				(files) -> files.contains("begun"));
		server.terminate();
		assertThat(server.awaitExit(LIMIT)).isIn((Object[]) CLEAN);
		assertThat(server.containers()).isEmpty();
		Await.until("the caller is told", LIMIT, call::isDone, (told) -> told);
	}

	@Test
	void leavesTheSandboxesWithoutAutoCleanupUntilTheNextStart() {
		ServerProcess server = servers.server("AUTO_CLEANUP", "False", "POOL_SIZE", "0").start();
		String sandbox = server.api().create();
		assertThat(server.stop()).isIn((Object[]) CLEAN);
		assertThat(server.containers()).containsExactly(sandbox);
		assertThat(Docker.exec(sandbox, "echo still here")).isEqualTo("still here\n");
		server.set("AUTO_CLEANUP", "True").start();
		assertThat(server.containers()).isEmpty();
	}

	private static void createAll(ServerProcess server, int count) {
		ExecutorService callers = Executors.newFixedThreadPool(8);
		try {
			List<CompletableFuture<String>> created = IntStream.range(0, count)
				.mapToObj((i) -> CompletableFuture.supplyAsync(server.api()::create, callers))
				.toList();
			assertThat(created.stream().map(CompletableFuture::join).distinct()).hasSize(count);
		}
		finally {
			callers.shutdownNow();
		}
	}

}
