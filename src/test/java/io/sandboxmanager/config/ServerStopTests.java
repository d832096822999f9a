package io.sandboxmanager.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.sandboxmanager.backend.testing.Faults;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A server that ends while others go on. */
class ServerStopTests {

	@TempDir
	private Path folder;

	@Test
	void finishesForTheOthersWhatItIsMakingAndSpeaksForItMeanwhile() throws Exception {
		try (World world = new World(this.folder, 1, 0)) {
			world.store.register("other", world.backend.engineId(), Duration.ofMinutes(1));
			Faults.Gate slow = world.backend.faults().hold(Operation.START);
			world.storeFaults.beforeNext("prolong", 1, slow::open);
			CompletableFuture<Void> fill = CompletableFuture.runAsync(world::fill);
			await().until(() -> world.backend.faults().calls(Operation.START) == 1);
			RegistrationTask registration = new RegistrationTask(world.store, world.backend, "this", world.clock);
			registration.run();
			ServerStop stop = new ServerStop(world.pools, new MaintenanceScheduler(List.of()), world.provisioner,
					world.release, registration, world.remover, true, world.clock);
			stop.stop();
			assertThat(world.store.warm("base")).hasSize(1);
			fill.get(30, TimeUnit.SECONDS);
		}
	}

}
