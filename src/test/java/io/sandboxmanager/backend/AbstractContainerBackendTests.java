package io.sandboxmanager.backend;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.util.Timeout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.backend.ContainerListener.ContainerExit;
import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;
import io.sandboxmanager.transport.EndpointConnections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What every {@link ContainerBackend} does. A test of an implementation extends this and
 * says how to get one.
 */
public abstract class AbstractContainerBackendTests {

	protected static final int AGENT_PORT = 80;

	private static final String RUN_LABEL = "io.sandboxmanager.test";

	private final String run = UUID.randomUUID().toString();

	private ContainerBackend backend;

	/** A backend that the test closes. */
	protected abstract ContainerBackend createBackend();

	/** An image that is there, with an agent that answers on {@link #AGENT_PORT}. */
	protected abstract String image();

	/** Ends the container's first process from outside. */
	protected abstract void kill(String ref);

	/** Makes the container write a line to its standard output. */
	protected abstract void say(String ref, String line);

	/** Makes sure that the image cannot be had. */
	protected abstract String missingImage();

	@BeforeEach
	void connect() {
		this.backend = createBackend();
	}

	@AfterEach
	void removeAll() {
		this.backend.list(labels()).forEach((container) -> this.backend.remove(container.ref()));
		this.backend.close();
	}

	protected ContainerBackend backend() {
		return this.backend;
	}

	protected Map<String, String> labels() {
		return Map.of(RUN_LABEL, this.run);
	}

	protected ContainerSpec spec() {
		return spec(image(), Map.of(RUN_LABEL, this.run));
	}

	protected ContainerSpec spec(String image, Map<String, String> labels) {
		return new ContainerSpec("contract-" + UUID.randomUUID(), image, Map.of("SECRET_TOKEN", "s3cret"), labels,
				new Resources(256 << 20, 1, 128, null, 0), IsolationProfile.COMPATIBLE, AGENT_PORT, List.of());
	}

	protected static void awaitAgent(Endpoint endpoint) {
		await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> answer(endpoint) == 200);
	}

	protected static int answer(Endpoint endpoint) throws IOException {
		RequestConfig.Builder config = RequestConfig.custom().setResponseTimeout(Timeout.ofSeconds(2));
		HttpGet request = new HttpGet(endpoint.resolve("/fastapi/healthz"));
		request.setConfig(EndpointConnections.leadTo(endpoint, config).build());
		request.setHeader("Authorization", "Bearer s3cret");
		try (CloseableHttpClient client = HttpClients.custom()
			.setConnectionManager(EndpointConnections.pool().build())
			.build()) {
			return client.execute(request, ClassicHttpResponse::getCode);
		}
	}

	private static String text(InputStream log) {
		try (log) {
			return new String(log.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Nested
	class Engine {

		@Test
		void hasAnIdThatStays() {
			assertThat(backend().engineId()).isNotBlank().isEqualTo(backend().engineId());
		}

		@Test
		void saysWhatItCanDo() {
			assertThat(backend().capabilities()).isNotNull();
		}

		@Test
		void refusesAndroidWhereNobodyAllowedItAndNoOtherProfile() {
			assertThatExceptionOfType(ContainerRefusedException.class)
				.isThrownBy(() -> backend().requireHost(IsolationProfile.ANDROID));
			for (IsolationProfile profile : List.of(IsolationProfile.STRICT, IsolationProfile.COMPATIBLE,
					IsolationProfile.AUTO)) {
				backend().requireHost(profile);
			}
		}

	}

	@Nested
	class Images {

		@Test
		void haveADigestThatStays() {
			ImageDetails first = backend().prepareImage(image());
			assertThat(first.reference()).isEqualTo(image());
			assertThat(first.digest()).isNotBlank();
			assertThat(backend().prepareImage(image())).isEqualTo(first);
		}

		@Test
		void thatCannotBeHadAreNamed() {
			String missing = missingImage();
			assertThatExceptionOfType(ImageMissingException.class).isThrownBy(() -> backend().prepareImage(missing))
				.withMessageContaining(missing);
		}

		@Test
		void thatAreMissingLeaveNothingOfAStart() {
			ContainerSpec spec = spec(missingImage(), labels());
			assertThatExceptionOfType(ImageMissingException.class).isThrownBy(() -> backend().start(spec))
				.withMessageContaining(spec.image());
			assertThat(backend().list(labels())).isEmpty();
		}

	}

	@Nested
	class Start {

		@Test
		void runsAnAgentThatAnswers() {
			ContainerHandle handle = backend().start(spec());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.RUNNING);
			awaitAgent(handle.endpoint());
		}

		@Test
		void refusesANameInUseAndLeavesItsHolderAlone() {
			ContainerSpec spec = spec();
			ContainerHandle handle = backend().start(spec);
			assertThatExceptionOfType(ContainerRefusedException.class).isThrownBy(() -> backend().start(spec))
				.withMessageContaining(spec.name());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.RUNNING);
			assertThat(backend().list(labels())).hasSize(1);
		}

		@Test
		void givesEachOfManyAtOnceAnEndpointOfItsOwn() throws Exception {
			ExecutorService pool = Executors.newFixedThreadPool(5);
			try {
				List<Callable<ContainerHandle>> starts = new ArrayList<>();
				for (int i = 0; i < 5; i++) {
					starts.add(() -> backend().start(spec()));
				}
				List<ContainerHandle> handles = new ArrayList<>();
				for (Future<ContainerHandle> each : pool.invokeAll(starts)) {
					handles.add(each.get());
				}
				handles.forEach((handle) -> awaitAgent(handle.endpoint()));
				assertThat(handles.stream().map(ContainerHandle::ref).collect(Collectors.toSet())).hasSize(5);
				assertThat(handles.stream().map(ContainerHandle::endpoint).collect(Collectors.toSet())).hasSize(5);
			}
			finally {
				pool.shutdownNow();
			}
		}

	}

	@Nested
	class Inspecting {

		@Test
		void tellsWhatARunningContainerWasMadeFrom() {
			ContainerSpec spec = spec();
			ContainerHandle handle = backend().start(spec);
			ContainerDetails details = backend().inspect(handle.ref());
			assertThat(details.handle()).isEqualTo(handle);
			assertThat(details.image()).isEqualTo(spec.image());
			assertThat(details.environment()).containsAllEntriesOf(spec.environment());
			spec.environment().values().forEach((secret) -> assertThat(details.toString()).doesNotContain(secret));
		}

		@Test
		void needsOneThatRuns() {
			ContainerHandle handle = backend().start(spec());
			backend().stop(handle.ref());
			assertThatExceptionOfType(ContainerNotFoundException.class)
				.isThrownBy(() -> backend().inspect(handle.ref()));
			assertThatExceptionOfType(ContainerNotFoundException.class)
				.isThrownBy(() -> backend().inspect("no-such-container"));
		}

	}

	@Nested
	class StopAndResume {

		@Test
		void keepTheContainer() {
			ContainerHandle handle = backend().start(spec());
			awaitAgent(handle.endpoint());
			backend().stop(handle.ref());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.EXITED);
			ContainerHandle again = backend().resume(handle.ref());
			assertThat(again.ref()).isEqualTo(handle.ref());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.RUNNING);
			awaitAgent(again.endpoint());
		}

		@Test
		void doNothingTwice() {
			ContainerHandle handle = backend().start(spec());
			assertThat(backend().resume(handle.ref())).isEqualTo(handle);
			backend().stop(handle.ref());
			backend().stop(handle.ref());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.EXITED);
		}

		@Test
		void ofAnUnknownContainer() {
			assertThatCode(() -> backend().stop("no-such-container")).doesNotThrowAnyException();
			assertThatExceptionOfType(ContainerNotFoundException.class)
				.isThrownBy(() -> backend().resume("no-such-container"))
				.withMessageContaining("no-such-container");
		}

	}

	@Nested
	class Remove {

		@Test
		void leavesNothing() {
			ContainerHandle handle = backend().start(spec());
			backend().remove(handle.ref());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.ABSENT);
			assertThat(backend().list(labels())).isEmpty();
		}

		@Test
		void isDoneOnceHoweverOftenItIsAskedFor() throws Exception {
			ContainerHandle handle = backend().start(spec());
			ExecutorService pool = Executors.newFixedThreadPool(4);
			try {
				List<Callable<ContainerStatus>> removals = new ArrayList<>();
				for (int i = 0; i < 4; i++) {
					removals.add(() -> {
						backend().remove(handle.ref());
						return backend().status(handle.ref());
					});
				}
				for (Future<ContainerStatus> each : pool.invokeAll(removals)) {
					assertThat(each.get()).isEqualTo(ContainerStatus.ABSENT);
				}
			}
			finally {
				pool.shutdownNow();
			}
			assertThatCode(() -> backend().remove(handle.ref())).doesNotThrowAnyException();
		}

		@Test
		void takesAStoppedOneToo() {
			ContainerHandle handle = backend().start(spec());
			backend().stop(handle.ref());
			backend().remove(handle.ref());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.ABSENT);
		}

	}

	@Nested
	class ListByLabels {

		@Test
		void findsExactlyThoseThatHaveThemAll() {
			Instant before = Instant.now().minusSeconds(2);
			ContainerSpec one = spec(image(), Map.of(RUN_LABEL, AbstractContainerBackendTests.this.run, "kind", "one"));
			ContainerSpec two = spec(image(), Map.of(RUN_LABEL, AbstractContainerBackendTests.this.run, "kind", "two"));
			ContainerHandle first = backend().start(one);
			ContainerHandle second = backend().start(two);
			backend().stop(second.ref());

			assertThat(backend().list(labels())).extracting(ContainerSummary::ref)
				.containsExactlyInAnyOrder(first.ref(), second.ref());
			List<ContainerSummary> found = backend().list(two.labels());
			assertThat(found).singleElement().satisfies((summary) -> {
				assertThat(summary.ref()).isEqualTo(second.ref());
				assertThat(summary.name()).isEqualTo(two.name());
				assertThat(summary.labels()).containsAllEntriesOf(two.labels());
				assertThat(summary.status()).isEqualTo(ContainerStatus.EXITED);
				assertThat(summary.createdAt()).isBetween(before, Instant.now().plusSeconds(1));
			});
			assertThat(backend().list(Map.of(RUN_LABEL, AbstractContainerBackendTests.this.run, "kind", "three")))
				.isEmpty();
		}

	}

	@Nested
	class Watch {

		private final BlockingQueue<ContainerExit> exits = new LinkedBlockingQueue<>();

		private final ContainerListener listener = new ContainerListener() {

			@Override
			public void onExit(ContainerExit exit) {
				Watch.this.exits.add(exit);
			}

			@Override
			public void onReconnect() {
				throw new AssertionError("nothing was disconnected");
			}

		};

		@Test
		void tellsOfAnExitOfAContainerWithTheLabels() throws Exception {
			ContainerHandle other = backend()
				.start(spec(image(), Map.of(RUN_LABEL, labels().get(RUN_LABEL), "k", "o")));
			ContainerHandle mine = backend().start(spec(image(), Map.of(RUN_LABEL, labels().get(RUN_LABEL), "k", "m")));
			try (ContainerBackend.Subscription subscription = backend().watch(Map.of("k", "m"), this.listener)) {
				assertThat(subscription).isNotNull();
				kill(other.ref());
				kill(mine.ref());
				ContainerExit exit = this.exits.poll(10, TimeUnit.SECONDS);
				assertThat(exit).isNotNull();
				assertThat(exit.ref()).isEqualTo(mine.ref());
				assertThat(exit.exitCode()).isEqualTo(137);
				assertThat(exit.outOfMemory()).isFalse();
			}
			assertThat(this.exits).isEmpty();
		}

		@Test
		void endsWhenItIsClosed() throws Exception {
			BlockingQueue<ContainerExit> open = new LinkedBlockingQueue<>();
			ContainerHandle handle = backend().start(spec());
			ContainerBackend.Subscription closed = backend().watch(labels(), this.listener);
			closed.close();
			closed.close();
			try (ContainerBackend.Subscription subscription = backend().watch(labels(), new ContainerListener() {

				@Override
				public void onExit(ContainerExit exit) {
					open.add(exit);
				}

				@Override
				public void onReconnect() {
					throw new AssertionError("nothing was disconnected");
				}

			})) {
				assertThat(subscription).isNotNull();
				kill(handle.ref());
				assertThat(open.poll(10, TimeUnit.SECONDS)).isNotNull();
			}
			assertThat(this.exits).isEmpty();
		}

	}

	@Nested
	class Logs {

		@Test
		void endAtWhatThereIs() {
			ContainerHandle handle = backend().start(spec());
			say(handle.ref(), "grüße");
			await().atMost(Duration.ofSeconds(10))
				.untilAsserted(() -> assertThat(text(backend().logs(handle.ref(), false))).endsWith("grüße\n"));
			backend().stop(handle.ref());
			assertThat(text(backend().logs(handle.ref(), false))).contains("grüße\n");
		}

		@Test
		void goOnWhenTheyAreFollowedAndEndWithTheContainer() throws Exception {
			ContainerHandle handle = backend().start(spec());
			try (BufferedReader lines = new BufferedReader(
					new InputStreamReader(backend().logs(handle.ref(), true), StandardCharsets.UTF_8))) {
				say(handle.ref(), "first");
				assertThat(lines.readLine()).isEqualTo("first");
				say(handle.ref(), "second");
				assertThat(lines.readLine()).isEqualTo("second");
				kill(handle.ref());
				assertThat(lines.readLine()).isNull();
			}
		}

		@Test
		void canBeClosedWhileSomebodyReads() throws Exception {
			ContainerHandle handle = backend().start(spec());
			InputStream log = backend().logs(handle.ref(), true);
			CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> {
				try {
					return log.read();
				}
				catch (IOException ex) {
					return -1;
				}
			});
			log.close();
			assertThat(reader.get(5, TimeUnit.SECONDS)).isEqualTo(-1);
		}

		@Test
		void ofAnUnknownContainer() {
			for (boolean follow : Set.of(true, false)) {
				assertThatExceptionOfType(ContainerNotFoundException.class)
					.isThrownBy(() -> backend().logs("no-such-container", follow))
					.withMessageContaining("no-such-container");
			}
		}

	}

	@Test
	void statusOfAnUnknownContainerIsAbsent() {
		assertThat(this.backend.status("no-such-container")).isEqualTo(ContainerStatus.ABSENT);
		assertThatCode(() -> this.backend.remove("no-such-container")).doesNotThrowAnyException();
	}

}
