package io.sandboxmanager.maintenance;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.store.Incarnation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class StateWatchTaskTests {

	private final AtomicReference<Incarnation> state = new AtomicReference<>(new Incarnation("one", false));

	@TempDir
	private Path folder;

	private World world;

	private StateWatchTask watch;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 2, 0);
		this.world.fill();
		this.watch = new StateWatchTask(this.state::get, this.world.pools);
		this.watch.run();
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	@Test
	void whileTheStateIsTheSameMembersStay() {
		List<Sandbox> members = members();
		this.watch.run();
		this.world.runBackground();
		assertThat(members()).isEqualTo(members).hasSize(2);
	}

	@Test
	void afterAFailoverNoMemberFromBeforeIsHandedOut() {
		List<Sandbox> members = members();
		Sandbox handedOut = this.world.acquire("s");
		this.state.set(new Incarnation("two", false));
		this.watch.run();
		this.world.runBackground();
		assertThat(members()).hasSize(2).doesNotContainAnyElementsOf(members);
		assertThat(this.world.now(handedOut).state()).isEqualTo(handedOut.state());
		List<Sandbox> fresh = members();
		this.watch.run();
		this.world.runBackground();
		assertThat(members()).as("once is enough").isEqualTo(fresh);
	}

	private List<Sandbox> members() {
		return this.world.store.warm("base");
	}

}
