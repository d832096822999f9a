package io.sandboxmanager.maintenance;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.pool.WarmPools;

import static org.assertj.core.api.Assertions.assertThat;

/** What fills the pools when nobody signals anything. */
class RefillTaskTests {

	@TempDir
	private Path folder;

	private World world;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 2, 0);
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	private void pass(Duration time, RefillTask task) {
		for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(task.interval())) {
			this.world.clock.advance(task.interval());
			task.run();
			this.world.runBackground();
		}
	}

	@Test
	void anotherServerFillsThePoolWithinFiveSecondsOfADeath() {
		this.world.pools.wake();
		this.world.runNextInBackground(); // takes the lease
		this.world.forgetBackground(); // and dies
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			pass(Duration.ofSeconds(5), new RefillTask(others));
			assertThat(others.status().get(0).warm()).isEqualTo(2);
		}
	}

	@Test
	void thePoolIsFilledWhenThePauseAfterAFailureIsOver() {
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		RefillTask task = new RefillTask(this.world.pools);
		pass(Duration.ofMinutes(2), task);
		this.world.backend.faults().clear();
		pass(Duration.ofSeconds(11), task);
		assertThat(this.world.pools.status().get(0).warm()).isEqualTo(2);
	}

}
