package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.EngineFailedException;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.docker.EngineProxy.Rule;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;
import io.sandboxmanager.store.MutableClock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** How a start asks the engine, and what is left when the engine lets it down. */
class DockerStartIT extends AbstractDockerIT {

	private static final String CREATE = "POST /containers/create";

	private static final String START = "POST /containers/[^/]+/start";

	private static final String REMOVE = "DELETE /containers/[^/]+";

	private EngineProxy proxy;

	@BeforeEach
	void startProxy() {
		this.proxy = EngineProxy.start();
	}

	@AfterEach
	void stopProxy() throws Exception {
		this.proxy.close();
	}

	private DockerBackend backend(Duration callTimeout) {
		DockerBackend backend = connect(properties(this.proxy.host(), callTimeout));
		backend.prepareImage(IMAGE);
		backend.remove(backend.start(spec()).ref());
		this.proxy.forget();
		return backend;
	}

	@Test
	void takesThreeCalls() {
		DockerBackend backend = backend(Duration.ofSeconds(30));
		backend.prepareImage(IMAGE);
		ContainerHandle handle = backend.start(spec());
		assertThat(this.proxy.requests()).containsExactly(CREATE, "POST /containers/" + handle.ref() + "/start",
				"GET /containers/" + handle.ref() + "/json");
	}

	@Test
	void asksOncePerWhileWhetherTheImageHasChanged() {
		MutableClock clock = new MutableClock(Instant.EPOCH);
		DockerBackend backend = connect(properties(this.proxy.host()), RegistryCredentials.defaultFolder(), clock);
		backend.prepareImage(IMAGE);
		backend.prepareImage(IMAGE);
		clock.advance(ImageStore.FRESH);
		backend.prepareImage(IMAGE);
		backend.prepareImage(IMAGE);
		String inspect = "GET /images/" + IMAGE.replace("/", "%2F") + "/json";
		assertThat(this.proxy.requests()).containsExactly(inspect, inspect);
	}

	@Test
	void doesNotWaitForOtherStarts() throws Exception {
		DockerBackend backend = backend(Duration.ofSeconds(30));
		CountDownLatch allCreating = new CountDownLatch(10);
		this.proxy.rules((request) -> {
			if (request.equals(CREATE)) {
				allCreating.countDown();
				awaitUninterrupted(allCreating);
			}
			return Rule.FORWARD;
		});
		ExecutorService pool = Executors.newFixedThreadPool(10);
		try {
			List<CompletableFuture<ContainerHandle>> starts = IntStream.range(0, 10)
				.mapToObj((i) -> CompletableFuture.supplyAsync(() -> backend.start(spec()), pool))
				.toList();
			for (CompletableFuture<ContainerHandle> start : starts) {
				awaitPort(start.get(60, TimeUnit.SECONDS).endpoint());
			}
		}
		finally {
			pool.shutdownNow();
		}
	}

	private static void awaitUninterrupted(CountDownLatch latch) {
		try {
			if (!latch.await(20, TimeUnit.SECONDS)) {
				throw new IllegalStateException("the creates came one after the other");
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void isUndoneWhenTheEngineFails() {
		DockerBackend backend = backend(Duration.ofSeconds(30));
		this.proxy.rules(Rule.when(START, Rule.fail(500, "it broke")));
		assertThatExceptionOfType(EngineFailedException.class).isThrownBy(() -> backend.start(spec()))
			.withMessageContaining("it broke");
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void isUndoneWhenTheStartIsNotAnswered() {
		DockerBackend backend = backend(Duration.ofSeconds(2));
		this.proxy.rules(Rule.when(START, Rule.LOSE_ANSWER));
		assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(() -> backend.start(spec()))
			.withMessageContaining("2000 ms");
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void isUndoneWhenTheAnswerToTheCreateIsLost() {
		DockerBackend backend = backend(Duration.ofSeconds(2));
		this.proxy.rules(Rule.when(CREATE, Rule.LOSE_ANSWER));
		assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(() -> backend.start(spec()));
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void isUndoneWhenItsThreadIsInterrupted() throws Exception {
		DockerBackend backend = backend(Duration.ofSeconds(30));
		this.proxy.rules(Rule.when(START, Rule.HANG));
		CompletableFuture<BackendException> failure = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				backend.start(spec());
			}
			catch (BackendException ex) {
				failure.complete(ex);
			}
		});
		thread.start();
		await().until(() -> this.proxy.requests().stream().anyMatch((request) -> request.matches(START)));
		thread.interrupt();
		assertThat(failure.get(10, TimeUnit.SECONDS)).isInstanceOf(EngineUnreachableException.class);
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void reportsTheFirstFailureWhenItCannotBeUndone() {
		DockerBackend backend = backend(Duration.ofSeconds(1));
		this.proxy.rules((request) -> request.matches(START) ? Rule.fail(500, "it broke")
				: request.matches(REMOVE) ? Rule.HANG : Rule.FORWARD);
		assertThatExceptionOfType(EngineFailedException.class).isThrownBy(() -> backend.start(spec()))
			.withMessageContaining("it broke");
		assertThat(backend.list(labels())).hasSize(1);
	}

	@Test
	void makesTheNetworkAgainWhenSomebodyHasRemovedIt() {
		DockerBackend backend = connect(new DockerProperties(null, "sandbox-manager-it-gone", List.of(), "127.0.0.1",
				null, null, false, Duration.ofSeconds(30), Duration.ofMinutes(1)));
		backend.remove(backend.start(spec()).ref());
		DockerCli.run("network", "rm", "sandbox-manager-it-gone");
		try {
			ContainerHandle handle = backend.start(spec());
			awaitPort(handle.endpoint());
			assertThat(leftovers()).containsExactly(handle.ref());
			backend.remove(handle.ref());
		}
		finally {
			DockerCli.run("network", "rm", "sandbox-manager-it-gone");
		}
	}

	@Test
	void makesOneNetworkHoweverManyServersNeedIt() throws Exception {
		String network = "sandbox-manager-it-race";
		List<DockerBackend> servers = IntStream.range(0, 4)
			.mapToObj((i) -> connect(new DockerProperties(null, network, List.of(), "127.0.0.1", null, null, false,
					Duration.ofSeconds(30), Duration.ofMinutes(1))))
			.toList();
		servers.forEach(DockerBackend::engineId);
		ExecutorService pool = Executors.newFixedThreadPool(servers.size());
		try {
			List<CompletableFuture<ContainerHandle>> starts = servers.stream()
				.map((server) -> CompletableFuture.supplyAsync(() -> server.start(spec()), pool))
				.toList();
			for (CompletableFuture<ContainerHandle> start : starts) {
				awaitPort(start.get(60, TimeUnit.SECONDS).endpoint());
			}
			assertThat(DockerCli.run("network", "ls", "-q", "--filter", "name=" + network).lines()).hasSize(1);
		}
		finally {
			pool.shutdownNow();
			leftovers().forEach((container) -> DockerCli.run("rm", "-f", container));
			DockerCli.run("network", "rm", network);
		}
	}

	@Test
	void tellsTheLastWordsOfAContainerThatEndsAtOnce() {
		String image = build("FROM " + IMAGE, "CMD [\"sh\", \"-c\", \"echo cannot find my config >&2; exit 3\"]");
		DockerBackend backend = connect(properties());
		ContainerSpec spec = spec(image, SMALL, IsolationProfile.COMPATIBLE);
		assertThatExceptionOfType(ContainerRefusedException.class).isThrownBy(() -> startUntilItFails(backend, spec))
			.withMessageContaining("exit code 3")
			.withMessageContaining("cannot find my config");
		assertThat(leftovers()).isEmpty();
	}

	/** Whether it still runs at the inspect is a matter of milliseconds. */
	private void startUntilItFails(DockerBackend backend, ContainerSpec spec) {
		for (int i = 0; i < 20; i++) {
			backend.remove(backend.start(spec).ref());
		}
	}

	@Test
	void refusesAGpuWhereThereIsNone() {
		DockerBackend backend = connect(properties());
		Resources gpu = new Resources(256 << 20, 1, 128, null, 1);
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(() -> backend.start(spec(IMAGE, gpu, IsolationProfile.COMPATIBLE)))
			.withMessageContaining("NVIDIA Container Toolkit");
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void refusesARuntimeThatTheEngineDoesNotKnow() {
		DockerBackend backend = connect(new DockerProperties(null, "sandbox-manager-it", List.of(), "127.0.0.1", null,
				"no-such-runtime", false, Duration.ofSeconds(30), Duration.ofMinutes(1)));
		assertThatExceptionOfType(ContainerRefusedException.class).isThrownBy(() -> backend.start(spec()))
			.withMessageContaining("no-such-runtime");
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void usesTheRuntimeThatIsAskedFor() {
		DockerBackend backend = connect(new DockerProperties(null, "sandbox-manager-it", List.of(), "127.0.0.1", null,
				"runc", false, Duration.ofSeconds(30), Duration.ofMinutes(1)));
		assertThat(inspect(backend.start(spec()), "{{.HostConfig.Runtime}}")).isEqualTo("runc");
	}

	@Test
	void isGoneWhenTheRemovalOfSomebodyElseIsAwaited() throws Exception {
		DockerBackend backend = backend(Duration.ofSeconds(10));
		ContainerHandle handle = backend.start(spec());
		this.proxy.rules(
				Rule.when(REMOVE, Rule.fail(409, "removal of container " + handle.ref() + " is already in progress")));
		CompletableFuture<Void> removal = CompletableFuture.runAsync(() -> backend.remove(handle.ref()));
		await().until(() -> this.proxy.requests().contains("GET /containers/" + handle.ref() + "/json")
				&& this.proxy.requests().stream().anyMatch((request) -> request.matches(REMOVE)));
		assertThat(removal).isNotDone();
		DockerCli.run("rm", "-f", handle.ref());
		removal.get(5, TimeUnit.SECONDS);
		assertThat(backend.status(handle.ref())).isEqualTo(ContainerStatus.ABSENT);
	}

}
