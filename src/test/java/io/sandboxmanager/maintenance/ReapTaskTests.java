package io.sandboxmanager.maintenance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;

class ReapTaskTests {

	@TempDir
	private Path folder;

	@Test
	void oneThatCannotBeEndedKeepsNoneOfTheOthers() {
		try (World world = new World(this.folder, 0, 0)) {
			List<Sandbox> idle = List.of(world.acquire("s"), world.acquire("t"), world.acquire("u"));
			ReapTask task = new ReapTask(world.store, world.access, world.expiry, Duration.ofSeconds(1), world.clock);
			world.clock.advance(World.IDLE);
			world.storeFaults.failNext("update", new StateUnavailableException("its record cannot be read", null));
			task.run();
			assertThat(idle.stream().filter((one) -> isRecycled(world, one))).hasSize(2);
			task.run();
			assertThat(idle).allMatch((one) -> isRecycled(world, one));
		}
	}

	private static boolean isRecycled(World world, Sandbox sandbox) {
		return world.now(sandbox).state() == SandboxState.RECYCLED;
	}

}
