package io.sandboxmanager.backend.docker;

import java.time.Instant;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.sandboxmanager.backend.PortTakenException;
import io.sandboxmanager.store.MutableClock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class PortAllocatorTests {

	private final MutableClock clock = new MutableClock(Instant.EPOCH);

	private final PortAllocator ports = new PortAllocator(100, 103, this.clock);

	@Test
	void givesTheLowestFreePort() {
		assertThat(this.ports.take()).isEqualTo(100);
		assertThat(this.ports.take()).isEqualTo(101);
		this.ports.giveBack(100);
		assertThat(this.ports.take()).isEqualTo(100);
		assertThat(this.ports.take()).isEqualTo(102);
	}

	@Test
	void saysWhoHasThemWhenNoneIsLeft() {
		this.ports.avoid(this.ports.take());
		this.ports.take();
		this.ports.take();
		assertThatExceptionOfType(PortTakenException.class).isThrownBy(this.ports::take)
			.withMessage("no port is free in PORT_RANGE [100, 103): 2 are held by sandboxes, 1 by others");
	}

	@Test
	void keepsAPortUntilItsContainerIsGone() {
		this.ports.assign(this.ports.take(), "one");
		this.ports.release("another");
		assertThat(this.ports.take()).isEqualTo(101);
		this.ports.release("one");
		assertThat(this.ports.take()).isEqualTo(100);
	}

	@Test
	void passesOverWhatOthersHadForAWhile() {
		this.ports.avoid(this.ports.take());
		assertThat(this.ports.take()).isEqualTo(101);
		this.clock.advance(PortAllocator.AVOID);
		assertThat(this.ports.take()).isEqualTo(100);
	}

	@Test
	void learnsFromTheEngine() {
		this.ports.assign(this.ports.take(), "gone");
		this.ports.assign(this.ports.take(), "there");
		this.ports.compare(Set.of("there", "foreign"), Set.of(101, 102, 5000));
		assertThat(this.ports.take()).isEqualTo(100);
		assertThatExceptionOfType(PortTakenException.class).isThrownBy(this.ports::take);
		this.clock.advance(PortAllocator.AVOID);
		assertThat(this.ports.take()).isEqualTo(102);
	}

	@Test
	void keepsAPortWhoseStartIsUnderWay() {
		this.ports.take();
		this.ports.compare(Set.of(), Set.of());
		assertThat(this.ports.take()).isEqualTo(101);
	}

	@ParameterizedTest
	@CsvSource({ "0, 10", "10, 10", "10, 9", "1, 65537" })
	void refusesARangeThatIsNone(int first, int end) {
		assertThatIllegalArgumentException().isThrownBy(() -> new PortAllocator(first, end, this.clock))
			.withMessageContaining("PORT_RANGE");
	}

}
