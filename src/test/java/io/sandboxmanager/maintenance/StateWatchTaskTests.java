package io.sandboxmanager.maintenance;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;

import io.sandboxmanager.store.Incarnation;

import static org.assertj.core.api.Assertions.assertThat;

class StateWatchTaskTests {

	private final AtomicReference<Incarnation> state = new AtomicReference<>(new Incarnation("one", Instant.EPOCH));

	private final AtomicInteger comparisons = new AtomicInteger();

	private final StateWatchTask watch = new StateWatchTask(this.state::get, this.comparisons::incrementAndGet);

	@Test
	void whileTheStateIsTheSameNothingIsCompared() {
		this.watch.run();
		this.watch.run();
		assertThat(this.comparisons).hasValue(0);
	}

	@Test
	void afterAFailoverRecordsAndContainersAreComparedOnce() {
		this.watch.run();
		this.state.set(new Incarnation("two", Instant.EPOCH.plusSeconds(1)));
		this.watch.run();
		this.watch.run();
		assertThat(this.comparisons).hasValue(1);
	}

	@Test
	void aStateThatWasLostOnTheSameRedisIsAnother() {
		this.watch.run();
		this.state.set(new Incarnation("one", Instant.EPOCH.plusSeconds(1)));
		this.watch.run();
		assertThat(this.comparisons).hasValue(1);
	}

}
