package io.sandboxmanager.system;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for what happens outside, by looking again and again. */
final class Await {

	private static final long PAUSE_MILLIS = 10;

	private Await() {
	}

	/**
	 * Looks until what is seen is as wanted.
	 * @throws AssertionError with what was seen last, when the limit has passed
	 */
	static <T> T until(String what, Duration limit, Supplier<T> look, Predicate<T> wanted) {
		long deadline = System.nanoTime() + limit.toNanos();
		while (true) {
			T seen = look.get();
			if (wanted.test(seen)) {
				return seen;
			}
			if (System.nanoTime() > deadline) {
				throw new AssertionError("not within " + limit.toSeconds() + " s: " + what + "; last seen: " + seen);
			}
			pause();
		}
	}

	private static void pause() {
		try {
			Thread.sleep(PAUSE_MILLIS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
