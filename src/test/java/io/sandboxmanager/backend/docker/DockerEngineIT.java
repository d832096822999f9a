package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.backend.ContainerBackend.Subscription;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerListener;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.docker.EngineProxy.Rule;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** An engine that is away, stops answering or comes back. */
class DockerEngineIT extends AbstractDockerIT {

	private EngineProxy proxy;

	@BeforeEach
	void startProxy() {
		this.proxy = EngineProxy.start();
	}

	@AfterEach
	void stopProxy() throws Exception {
		this.proxy.close();
	}

	@Test
	void thatIsNotThereIsReportedAtOnceAndSaysWhatToDo() {
		DockerBackend backend = connect(properties("unix:///no/such/engine.sock"));
		long begin = System.nanoTime();
		assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(backend::engineId)
			.withMessageContaining("unix:///no/such/engine.sock")
			.withMessageContaining("DOCKER_HOST");
		assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(() -> backend.prepareImage(IMAGE));
		assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(() -> backend.start(spec()));
		assertThatExceptionOfType(EngineUnreachableException.class)
			.isThrownBy(() -> backend.watch(labels(), new Recorder()));
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
	}

	@Test
	void thatRefusesConnectionsIsUnreachable() {
		DockerBackend backend = connect(properties("tcp://127.0.0.1:1"));
		assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(backend::engineId)
			.withMessageContaining("tcp://127.0.0.1:1");
	}

	@Test
	void thatStopsAnsweringHoldsNobodyForLongAndFewConnections() throws Exception {
		DockerBackend backend = connect(properties(this.proxy.host(), Duration.ofSeconds(2)));
		String id = backend.engineId();
		this.proxy.forget();
		this.proxy.rules((request) -> Rule.HANG);
		int callers = 100;
		ExecutorService pool = Executors.newFixedThreadPool(callers);
		try {
			List<Callable<ContainerStatus>> calls = IntStream.range(0, callers)
				.mapToObj((i) -> (Callable<ContainerStatus>) () -> backend.status("any"))
				.toList();
			long begin = System.nanoTime();
			for (Future<ContainerStatus> call : pool.invokeAll(calls, 20, TimeUnit.SECONDS)) {
				assertThat(call).failsWithin(Duration.ZERO)
					.withThrowableThat()
					.withCauseInstanceOf(EngineUnreachableException.class);
			}
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
			int ending = 1; // that of the call before, which the proxy may still see
			assertThat(this.proxy.mostOpen()).isLessThanOrEqualTo(Engine.PARALLEL_CALLS + ending);
		}
		finally {
			pool.shutdownNow();
		}
		this.proxy.pass();
		assertThat(backend.engineId()).isEqualTo(id);
		assertThat(backend.status("any")).isEqualTo(ContainerStatus.ABSENT);
	}

	@Test
	void thatStopsAnsweringLeavesNoThreadsOfStreamsBehind() {
		DockerBackend backend = connect(properties(this.proxy.host(), Duration.ofSeconds(1)));
		this.proxy.rules((request) -> Rule.HANG);
		for (int i = 0; i < 3; i++) {
			assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(() -> backend.logs("any", true));
			assertThatExceptionOfType(EngineUnreachableException.class)
				.isThrownBy(() -> backend.watch(labels(), new Recorder()));
		}
		await().atMost(Duration.ofSeconds(10)).until(() -> streamThreads() == 0);
	}

	private static long streamThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("docker-java-stream"))
			.count();
	}

	@Test
	void thatComesBackReportsItsEventsAgain() throws Exception {
		DockerBackend backend = connect(properties(this.proxy.host()));
		Recorder recorder = new Recorder();
		try (Subscription subscription = backend.watch(labels(), recorder)) {
			assertThat(subscription).isNotNull();
			ContainerHandle first = backend.start(spec());
			ContainerHandle second = backend.start(spec());
			this.proxy.rules(Rule.when("GET /events", Rule.fail(503, "not yet")));
			this.proxy.cut();
			await().until(() -> this.proxy.requests().stream().filter("GET /events"::equals).count() >= 3);
			DockerCli.run("kill", first.ref());
			this.proxy.pass();
			assertThat(recorder.next()).isEqualTo("reconnect");
			DockerCli.run("kill", second.ref());
			assertThat(recorder.next()).isEqualTo(second.ref() + " 137 false");
		}
	}

	@Test
	void saysThatTheMemoryLimitEndedAContainer() throws Exception {
		String image = build("FROM " + IMAGE,
				"CMD [\"python3\", \"-c\", \"import time; time.sleep(1); x = bytearray(200 << 20); time.sleep(60)\"]");
		DockerBackend backend = connect(properties());
		Recorder recorder = new Recorder();
		try (Subscription subscription = backend.watch(labels(), recorder)) {
			assertThat(subscription).isNotNull();
			ContainerHandle handle = backend
				.start(spec(image, new Resources(32 << 20, 1, 64, null, 0), IsolationProfile.COMPATIBLE));
			assertThat(recorder.next()).isEqualTo(handle.ref() + " 137 true");
		}
	}

	/** Writes down what it hears. */
	private static final class Recorder implements ContainerListener {

		private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

		@Override
		public void onExit(ContainerExit exit) {
			this.heard.add(exit.ref() + " " + exit.exitCode() + " " + exit.outOfMemory());
		}

		@Override
		public void onReconnect() {
			this.heard.add("reconnect");
		}

		String next() throws InterruptedException {
			return String.valueOf(this.heard.poll(15, TimeUnit.SECONDS));
		}

	}

}
