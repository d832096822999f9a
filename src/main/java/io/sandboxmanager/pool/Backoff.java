package io.sandboxmanager.pool;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * When to try again after failures in a row: twice as late each time, up to a minute,
 * with jitter so that pools and replicas do not try in step.
 */
class Backoff {

	private static final Duration FIRST = Duration.ofMillis(500);

	private static final Duration LONGEST = Duration.ofMinutes(1);

	private final RandomGenerator random;

	private int failures;

	private Instant notBefore = Instant.MIN;

	Backoff(RandomGenerator random) {
		this.random = random;
	}

	synchronized void failed(Instant now) {
		long pause = Math.min(LONGEST.toMillis(), FIRST.toMillis() << Math.min(this.failures, 20));
		this.failures++;
		this.notBefore = now.plusMillis((long) (pause * (0.5 + this.random.nextDouble() / 2)));
	}

	synchronized void succeeded() {
		this.failures = 0;
		this.notBefore = Instant.MIN;
	}

	synchronized boolean isOver(Instant now) {
		return !now.isBefore(this.notBefore);
	}

	synchronized int failures() {
		return this.failures;
	}

}
