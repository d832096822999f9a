package io.sandboxmanager.maintenance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxState;

import static org.assertj.core.api.Assertions.assertThat;

class DiskGuardTaskTests {

	private static final long RESERVE = 100;

	private static final int MEGABYTE = 1 << 20;

	@TempDir
	private Path folder;

	private final AtomicLong free = new AtomicLong(RESERVE);

	private World world;

	private DiskGuardTask guard;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 0, 0);
		this.guard = new DiskGuardTask(this.world.store, this.world.backend, this.world.control, Map.of(),
				this.free::get, RESERVE);
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	@Test
	void whereThereIsRoomAnybodyMayGrow() {
		Sandbox sandbox = this.world.acquire("s");
		for (int i = 0; i < 3; i++) {
			write(sandbox, "f" + i, 5 * MEGABYTE);
			this.guard.run();
		}
		assertThat(state(sandbox)).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void whereThereIsNoneTheFastestIsStoppedAndKeepsItsFiles() {
		Sandbox large = this.world.acquire("large");
		Sandbox slow = this.world.acquire("slow");
		Sandbox fast = this.world.acquire("fast");
		write(large, "old", 50 * MEGABYTE);
		this.free.set(RESERVE - 1);
		this.guard.run();
		write(slow, "f", 2 * MEGABYTE);
		write(fast, "f", 9 * MEGABYTE);
		this.guard.run();
		assertThat(state(fast)).isEqualTo(SandboxState.STOPPED);
		assertThat(state(slow)).isEqualTo(SandboxState.RUNNING);
		assertThat(state(large)).isEqualTo(SandboxState.RUNNING);
		assertThat(directory(fast).resolve("f")).hasSize(9 * MEGABYTE);
		write(slow, "g", 2 * MEGABYTE);
		this.guard.run();
		assertThat(state(slow)).as("it is the fastest now").isEqualTo(SandboxState.STOPPED);
	}

	@Test
	void whoDoesNotGrowIsLeftAlone() {
		Sandbox sandbox = this.world.acquire("s");
		write(sandbox, "f", 50 * MEGABYTE);
		this.free.set(0);
		for (int i = 0; i < 3; i++) {
			write(sandbox, "log" + i, MEGABYTE / 10);
			this.guard.run();
		}
		assertThat(state(sandbox)).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void growthCountsFromWhenItBecameTight() {
		Sandbox sandbox = this.world.acquire("s");
		this.free.set(0);
		this.guard.run();
		this.free.set(RESERVE);
		this.guard.run();
		write(sandbox, "f", 5 * MEGABYTE);
		this.free.set(0);
		this.guard.run();
		assertThat(state(sandbox)).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void whoBeginsToGrowWhileItIsTightIsStoppedToo() {
		this.free.set(0);
		this.guard.run(); // there is no sandbox yet
		Sandbox late = this.world.acquire("late");
		write(late, "f", 5 * MEGABYTE);
		this.guard.run();
		assertThat(state(late)).isEqualTo(SandboxState.STOPPED);
	}

	@Test
	void withoutAReserveItNeverRuns() {
		DiskGuardTask off = new DiskGuardTask(this.world.store, this.world.backend, this.world.control, Map.of(),
				this.free::get, 0);
		assertThat(off.interval()).isZero();
		assertThat(this.guard.interval()).isEqualTo(Duration.ofSeconds(1));
	}

	private SandboxState state(Sandbox sandbox) {
		return this.world.now(sandbox).state();
	}

	private static Path directory(Sandbox sandbox) {
		return Path.of(Objects.requireNonNull(sandbox.workspace().directory()));
	}

	private static void write(Sandbox sandbox, String name, int bytes) {
		try {
			Files.write(directory(sandbox).resolve(name), new byte[bytes]);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
