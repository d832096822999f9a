package io.sandboxmanager.sandbox;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The one way to let a thread wait. It is injected beside the clock, so that a test moves
 * the clock instead of waiting.
 */
@FunctionalInterface
public interface Sleeper {

	void sleep(Duration duration) throws InterruptedException;

	/** Really waits. */
	static Sleeper system() {
		return (duration) -> TimeUnit.NANOSECONDS.sleep(duration.toNanos());
	}

}
