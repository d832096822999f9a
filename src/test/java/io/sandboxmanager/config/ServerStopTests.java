package io.sandboxmanager.config;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.web.server.context.WebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of the sandboxes when a server ends. */
class ServerStopTests {

	@TempDir
	private Path folder;

	private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();

	private World world;

	private RegistrationTask registration;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 0, 0);
		this.registration = registration("one");
		this.registration.run();
		this.background.scheduleWithFixedDelay(this.world::runBackground, 1, 1, TimeUnit.MILLISECONDS);
	}

	@AfterEach
	void end() throws InterruptedException {
		this.background.shutdownNow();
		this.background.awaitTermination(10, TimeUnit.SECONDS);
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

	private RegistrationTask registration(String server) {
		return new RegistrationTask(this.world.store, this.world.backend, server, this.world.clock);
	}

	private void stop(boolean autoCleanup) {
		stopper(autoCleanup).stop();
	}

	private ServerStop stopper(boolean autoCleanup) {
		return new ServerStop(new MaintenanceScheduler(List.of()), this.world.provisioner, this.world.release,
				this.registration, this.world.remover, autoCleanup, this.world.clock);
	}

}
