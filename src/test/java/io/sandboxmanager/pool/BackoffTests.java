package io.sandboxmanager.pool;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** How long a pool waits after failures. */
class BackoffTests {

	/** Near its end, where sums of nanoseconds overflow. */
	private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 1);

	private final Backoff backoff = new Backoff(this.time::get, longest());

	private static RandomGenerator longest() {
		return () -> -1L; // the upper end of the jitter
	}

	private void pass(Duration time) {
		this.time.addAndGet(time.toNanos());
	}

	private void failRound() {
		pass(Duration.ofSeconds(20));
		this.backoff.failed(this.backoff.begin());
	}

	@Test
	void manyThatFailTogetherCountAsOneRound() {
		long begun = this.backoff.begin();
		pass(Duration.ofSeconds(1));
		for (int i = 0; i < 30; i++) {
			this.backoff.failed(begun);
		}
		assertThat(this.backoff.rounds()).isOne();
		assertThat(this.backoff.isOver()).isFalse();
		pass(Duration.ofMillis(500));
		assertThat(this.backoff.isOver()).isTrue();
	}

	@Test
	void oneOfTheSameRoundThatFailsLateMakesNoNewPause() {
		long begun = this.backoff.begin();
		pass(Duration.ofSeconds(1));
		this.backoff.failed(begun);
		pass(Duration.ofSeconds(5));
		this.backoff.failed(begun);
		assertThat(this.backoff.isOver()).isTrue();
	}

	@Test
	void eachRoundThatFailsDoublesThePauseUpToTenSeconds() {
		for (int millis : new int[] { 500, 1000, 2000, 4000, 8000, 10_000, 10_000 }) {
			failRound();
			pass(Duration.ofMillis(millis * 9L / 10));
			assertThat(this.backoff.isOver()).as("before %s ms", millis).isFalse();
			pass(Duration.ofMillis(millis / 10));
			assertThat(this.backoff.isOver()).as("after %s ms", millis).isTrue();
		}
		for (int i = 0; i < 100; i++) {
			failRound();
		}
		pass(Duration.ofSeconds(10));
		assertThat(this.backoff.isOver()).isTrue();
	}

	@Test
	void thePauseIsHalfAsLongAtLeast() {
		Backoff shortest = new Backoff(this.time::get, () -> 0L);
		shortest.failed(shortest.begin());
		pass(Duration.ofMillis(249));
		assertThat(shortest.isOver()).isFalse();
		pass(Duration.ofMillis(1));
		assertThat(shortest.isOver()).isTrue();
	}

	@Test
	void aSuccessEndsThePause() {
		failRound();
		failRound();
		this.backoff.succeeded();
		assertThat(this.backoff.isOver()).isTrue();
		assertThat(this.backoff.rounds()).isZero();
	}

}
