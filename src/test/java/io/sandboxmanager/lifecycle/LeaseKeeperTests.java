package io.sandboxmanager.lifecycle;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import io.sandboxmanager.lifecycle.LeaseKeeper.KeptLease;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.MutableClock;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.StoreFaults;
import io.sandboxmanager.store.memory.MemorySandboxStore;

import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static org.assertj.core.api.Assertions.assertThat;

/** Leases that last while their holder works. */
class LeaseKeeperTests {

	private static final Duration LIMIT = Duration.ofMinutes(30);

	private final MutableClock clock = new MutableClock(NOW);

	private final StoreFaults faults = new StoreFaults();

	private final SandboxStore store = this.faults.over(new MemorySandboxStore("manager", this.clock));

	private final LeaseKeeper server = new LeaseKeeper(this.store, this.clock);

	private final LeaseKeeper other = new LeaseKeeper(this.store, this.clock);

	@Test
	void aLeaseLastsForAsLongAsItsHolderWorks() {
		try (KeptLease held = this.server.take("work", LIMIT).orElseThrow()) {
			pass(Duration.ofMinutes(29));
			assertThat(this.other.take("work", LIMIT)).isEmpty();
			assertThat(this.server.take("work", LIMIT)).as("another caller on the same server").isEmpty();
			assertThat(this.store.lease("work", held.lease().holder(), LIMIT)).get()
				.extracting((lease) -> lease.token())
				.isEqualTo(held.lease().token());
		}
		assertThat(this.other.take("work", LIMIT)).isPresent();
	}

	@Test
	void theLeaseOfAServerThatDiedEndsSoon() {
		assertThat(this.server.take("work", LIMIT)).isPresent();
		this.clock.advance(Duration.ofSeconds(15));
		assertThat(this.other.take("work", LIMIT)).isPresent();
	}

	@Test
	void workThatHangsDoesNotKeepItsLeaseForEver() {
		assertThat(this.server.take("work", LIMIT)).isPresent();
		pass(LIMIT.plus(LeaseKeeper.TIME));
		assertThat(this.other.take("work", LIMIT)).isPresent();
	}

	@Test
	void aLeaseThatWasLostIsNotTakenAgain() {
		assertThat(this.server.take("work", LIMIT)).isPresent();
		this.clock.advance(LeaseKeeper.TIME);
		this.server.keepAlive();
		assertThat(this.other.take("work", LIMIT)).isPresent();
		this.server.keepAlive();
	}

	@Test
	void aLeaseThatCannotBeGivenUpEndsByItself() {
		KeptLease held = this.server.take("work", LIMIT).orElseThrow();
		this.faults.failNext("giveUp", new StateUnavailableException("away", null));
		held.close();
		assertThat(this.other.take("work", LIMIT)).isEmpty();
		pass(LeaseKeeper.TIME);
		assertThat(this.other.take("work", LIMIT)).isPresent();
	}

	private void pass(Duration time) {
		for (long seconds = 0; seconds < time.toSeconds(); seconds += 5) {
			this.server.keepAlive();
			this.clock.advance(Duration.ofSeconds(5));
		}
	}

}
