package io.sandboxmanager.pool;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * When to try again after rounds of attempts that failed: twice as late each time, up to
 * ten seconds, with jitter so that pools and replicas do not try in step. Attempts that
 * were under way together fail for one reason: they count once, however many they are.
 */
class Backoff {

	private static final Duration FIRST = Duration.ofMillis(500);

	private static final Duration LONGEST = Duration.ofSeconds(10);

	private static final int DOUBLINGS = 5;

	/** Nanoseconds of a clock that nobody sets. */
	private final LongSupplier ticker;

	private final RandomGenerator random;

	private int rounds;

	private long pauseBegan;

	private long pause;

	Backoff(LongSupplier ticker, RandomGenerator random) {
		this.ticker = ticker;
		this.random = random;
	}

	/** Begins an attempt; {@link #failed} wants to know when that was. */
	long begin() {
		return this.ticker.getAsLong();
	}

	/**
	 * An attempt failed.
	 * @param begun when it began: one that was under way when the last pause began is of
	 * the round that failed already
	 * @return whether it is the first of its round
	 */
	synchronized boolean failed(long begun) {
		if (this.rounds > 0 && begun - this.pauseBegan <= 0) {
			return false;
		}
		long longest = Math.min(LONGEST.toNanos(), FIRST.toNanos() << Math.min(this.rounds, DOUBLINGS));
		this.rounds++;
		this.pauseBegan = this.ticker.getAsLong();
		this.pause = (long) (longest * (0.5 + this.random.nextDouble() / 2));
		return true;
	}

	synchronized void succeeded() {
		this.rounds = 0;
	}

	synchronized boolean isOver() {
		return this.rounds == 0 || this.ticker.getAsLong() - this.pauseBegan >= this.pause;
	}

	/** How many rounds in a row have failed. */
	synchronized int rounds() {
		return this.rounds;
	}

}
