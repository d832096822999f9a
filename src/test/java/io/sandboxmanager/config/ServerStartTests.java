package io.sandboxmanager.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.pool.OnMiss;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;

/** What a server finds when it begins, and what it leaves as it is. */
class ServerStartTests {

	private static final String CATALOGUE = """
			types:
			  base: { image: runtime-sandbox-base, pool: { min: 1, max: 2 }, reuse: { max_uses: 9 } }
			""";

	@TempDir
	private Path folder;

	private World world;

	@BeforeEach
	void begin() throws Exception {
		Path catalogue = Files.writeString(this.folder.resolve("types.yaml"), CATALOGUE);
		this.world = new World(this.folder, 1, catalogue, OnMiss.CREATE);
		this.world.fill();
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	@Test
	void theFolderOfASandboxThatIsUsedAgainStays() {
		Sandbox first = this.world.acquire("s");
		this.world.release.release(first.id());
		this.world.runBackground();
		forget(first);
		start();
		assertThat(workspace(first)).isDirectory();
	}

	@Test
	void theEmptyFolderOfASandboxThatIsGoneGoes() {
		Sandbox gone = this.world.store.warm("base").get(0);
		this.world.store.delete(gone);
		start();
		assertThat(workspace(gone)).doesNotExist();
	}

	@Test
	void theFolderOfASandboxWhoseRecordCannotBeReadStays() {
		Sandbox unreadable = this.world.store.warm("base").get(0);
		this.world.storeFaults.failNext("find", new StateUnavailableException("cannot be read", null));
		start();
		assertThat(workspace(unreadable)).isDirectory();
	}

	private void forget(Sandbox released) {
		this.world.clock.advance(World.KEPT.plus(Duration.ofSeconds(1)));
		this.world.store.due(this.world.clock.instant(), 100).forEach(this.world.expiry::expire);
		assertThat(this.world.store.find(released.id())).isEmpty();
	}

	private static Path workspace(Sandbox sandbox) {
		return Path.of(Objects.requireNonNull(sandbox.workspace().directory()));
	}

	private void start() {
		MaintenanceScheduler scheduler = new MaintenanceScheduler(List.of());
		new ServerStart(new RegistrationTask(this.world.store, this.world.backend, "one", this.world.clock),
				this.world.reconciliation, this.world.store, this.world.folders, this.world.pools, scheduler)
			.start();
		scheduler.close();
	}

}
