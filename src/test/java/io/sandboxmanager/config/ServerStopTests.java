package io.sandboxmanager.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

import io.sandboxmanager.backend.testing.Faults;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** What becomes of the sandboxes when a server ends. */
class ServerStopTests {

	@TempDir
	private Path folder;

	private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();

	private World world;

	private RegistrationTask registration;

	private ScheduledFuture<?> removals;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 0, 0);
		this.registration = registration("one");
		this.registration.run();
		this.removals = this.background.scheduleWithFixedDelay(this.world::runBackground, 1, 1, TimeUnit.MILLISECONDS);
	}

	@AfterEach
	void end() throws InterruptedException {
		this.removals.cancel(false);
		this.background.shutdownNow();
		assertThat(this.background.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
		this.world.close();
	}

	@Test
	void theLastServerRemovesAllSandboxes() {
		this.world.acquire("s");
		this.world.acquire("t");
		stop(true);
		assertThat(this.world.backend.size()).isZero();
	}

	@Test
	void whileAnotherServerIsThereNothingIsRemoved() {
		this.world.acquire("s");
		registration("other").run();
		stop(true);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void withoutAutoCleanupNothingIsRemoved() {
		this.world.acquire("s");
		stop(false);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void aReleaseThatWasAnsweredIsCarriedOutBeforeTheEnd() throws Exception {
		Sandbox sandbox = this.world.acquire("s");
		CompletableFuture<Void> stopping;
		try (Faults.Gate slow = this.world.backend.faults().hold(Operation.REMOVE)) {
			this.world.release.release(sandbox.id());
			stopping = CompletableFuture.runAsync(() -> stop(false));
			assertThatExceptionOfType(TimeoutException.class)
				.isThrownBy(() -> stopping.get(300, TimeUnit.MILLISECONDS));
		}
		stopping.get(30, TimeUnit.SECONDS);
		assertThat(this.world.backend.size()).isZero();
	}

	@Test
	void oneOfWhichNobodyHasHeardIsTakenBackBeforeTheEnd() {
		Sandbox sandbox = this.world.acquire("s");
		this.world.storeFaults.failNext("find", new StateUnavailableException("away", null));
		this.world.unheard.takeBack(sandbox.id());
		registration("other").run();
		stop(true);
		assertThat(this.world.backend.size()).isZero();
	}

	@Test
	void oneOfWhichNobodyHasHeardIsTakenBackAlsoWhereAnotherIsNotFinished() throws Exception {
		Sandbox sandbox = this.world.acquire("s");
		this.world.storeFaults.failNext("find", new StateUnavailableException("away", null));
		this.world.unheard.takeBack(sandbox.id());
		registration("other").run();
		try (Faults.Gate slow = this.world.backend.faults().hold(Operation.START)) {
			CompletableFuture<Sandbox> making = CompletableFuture.supplyAsync(() -> this.world.acquire("t"));
			await().until(() -> this.world.backend.faults().calls(Operation.START) == 2);
			this.world.storeFaults.beforeNext("prolong", 1, () -> this.world.clock.advance(Duration.ofMinutes(1)));
			stop(true);
			assertThat(this.world.store.find(sandbox.id()).orElseThrow().state()).isNotEqualTo(SandboxState.RUNNING);
			slow.open();
			making.get(30, TimeUnit.SECONDS);
		}
	}

	@Test
	void theLastServerRemovesWhatAnotherOneHasBegunToRemove() {
		Sandbox sandbox = this.world.acquire("s");
		this.world.store.update(sandbox.releasing(this.world.clock.instant(), this.world.remover.retryAt()));
		stop(true);
		assertThat(this.world.backend.size()).isZero();
	}

	@Test
	void aServerThatComesWhileTheLastCleansUpKeepsWhatIsLeft() {
		List<Sandbox> sandboxes = List.of(this.world.acquire("s"), this.world.acquire("t"), this.world.acquire("u"));
		this.world.storeFaults.beforeNext("updateUnder", 2, registration("new")::run);
		stop(true);
		assertThat(sandboxes.stream().map(this.world::now).filter((one) -> one.state() == SandboxState.RUNNING))
			.hasSize(2);
		assertThat(this.world.backend.size()).isEqualTo(2);
	}

	@Test
	void sandboxesGoWhenRequestsHaveHadTheirTimeAndBeforeTheWebServerStops() {
		assertThat(stopper(true).getPhase()).isLessThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE)
			.isGreaterThan(WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE);
		assertThat(new FillStop(this.world.pools).getPhase())
			.isGreaterThan(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE);
	}

	@Test
	void finishesForTheOthersWhatItIsMakingAndSpeaksForItMeanwhile() throws Exception {
		try (World world = new World(this.folder, 1, 0)) {
			world.store.register("other", world.backend.engineId(), world.clock.instant(), Duration.ofMinutes(1));
			Faults.Gate slow = world.backend.faults().hold(Operation.START);
			world.storeFaults.beforeNext("prolong", 1, slow::open);
			CompletableFuture<Void> fill = CompletableFuture.runAsync(world::fill);
			await().until(() -> world.backend.faults().calls(Operation.START) == 1);
			RegistrationTask registration = new RegistrationTask(world.store, world.backend, "this", world.clock);
			registration.run();
			ServerStop stop = new ServerStop(new MaintenanceScheduler(List.of()), world.provisioner, world.release,
					world.unheard, registration, world.remover, true, Sleeper.system(), world.clock);
			stop.stop();
			assertThat(world.store.warm("base")).hasSize(1);
			fill.get(30, TimeUnit.SECONDS);
		}
	}

	private RegistrationTask registration(String server) {
		return new RegistrationTask(this.world.store, this.world.backend, server, this.world.clock);
	}

	private void stop(boolean autoCleanup) {
		stopper(autoCleanup).stop();
	}

	private ServerStop stopper(boolean autoCleanup) {
		return new ServerStop(new MaintenanceScheduler(List.of()), this.world.provisioner, this.world.release,
				this.world.unheard, this.registration, this.world.remover, autoCleanup, Sleeper.system(),
				this.world.clock);
	}

}
