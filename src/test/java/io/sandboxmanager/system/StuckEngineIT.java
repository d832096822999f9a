package io.sandboxmanager.system;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** An engine that takes calls and does not answer them. */
class StuckEngineIT {

	private static final int CALL_SECONDS = 3;

	/** A creation that fails has made some calls, and undone what it could. */
	private static final Duration CREATE_LIMIT = Duration.ofSeconds(10L * CALL_SECONDS);

	private static final Duration LIMIT = Duration.ofSeconds(60);

	/** The grace time of the reconcile, and some. */
	private static final Duration RECONCILED = Duration.ofSeconds(90);

	private static final int WAVE = 20;

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@Test
	void onlyWhatNeedsTheEngineFailsAndNothingIsLeftBehind() throws IOException {
		try (EngineProxy engine = new EngineProxy()) {
			ServerProcess server = servers.server("DOCKER_HOST", engine.dockerHost(), "ENGINE_CALL_TIMEOUT",
					CALL_SECONDS + "s", "POOL_SIZE", "1", "RECONCILE_INTERVAL", "2s");
			String before = server.start().api().create();
			Await.until("the pool is filled", LIMIT, server::containers, (there) -> there.size() == 2);
			engine.fallSilent();
			threeWaves(server, before);
			engine.speakAgain();
			String after = Await
				.until("creations succeed again", LIMIT, () -> tryCreate(server.api()), Optional::isPresent)
				.orElseThrow();
			assertThat(server.api().shell(after, "echo fine")).isEqualTo("fine\n");
			Await.until("only these two and one in the pool are left", RECONCILED, server::containers,
					(there) -> there.size() == 3 && there.containsAll(List.of(before, after)));
			server.stop();
			assertThat(server.containers()).isEmpty();
		}
	}

	@Test
	void serverThatIsAskedToEndDoesNotWaitForTheEngineForEver() throws IOException {
		try (EngineProxy engine = new EngineProxy()) {
			ServerProcess server = servers.server("DOCKER_HOST", engine.dockerHost(), "ENGINE_CALL_TIMEOUT",
					CALL_SECONDS + "s", "POOL_SIZE", "0");
			server.start().api().create();
			engine.fallSilent();
			assertThat(server.stop()).isIn(0, 143);
			engine.speakAgain();
			server.start();
			Await.until("the next start removes what is left", RECONCILED, server::containers, List::isEmpty);
			server.stop();
		}
	}

	private static void threeWaves(ServerProcess server, String sandbox) {
		wave(server, sandbox);
		int threads = server.threads();
		wave(server, sandbox);
		wave(server, sandbox);
		assertThat(server.threads()).as("threads of the server").isLessThan(threads + WAVE);
	}

	/** Many creations at once, and what must go on meanwhile. */
	private static void wave(ServerProcess server, String sandbox) {
		List<CompletableFuture<HttpResponse<String>>> creations = IntStream.range(0, WAVE)
			.mapToObj((i) -> server.api().callLater("/create", Api.BASE))
			.toList();
		assertThat(server.api().isHealthy()).isTrue();
		assertThat(server.api().shell(sandbox, "echo fine")).isEqualTo("fine\n");
		for (CompletableFuture<HttpResponse<String>> creation : creations) {
			Await.until("the creation is answered", CREATE_LIMIT, creation::isDone, (done) -> done);
			HttpResponse<String> answer = creation.join();
			assertThat(answer.statusCode()).isEqualTo(200);
			assertThat(answer.body()).isEqualTo("{\"data\":null}");
			assertThat(answer.headers().firstValue(Api.ERROR_HEADER)).isNotEmpty();
		}
	}

	private static Optional<String> tryCreate(Api api) {
		return Optional.of(Api.data(api.call("/create", Api.BASE)))
			.filter((data) -> data.isString())
			.map((data) -> data.asString());
	}

}
