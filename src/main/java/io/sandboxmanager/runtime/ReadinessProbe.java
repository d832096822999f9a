package io.sandboxmanager.runtime;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.Sleeper;

/**
 * Waits until the agent of a new sandbox answers. It asks at once and then after growing
 * pauses: an agent that is quick is found within milliseconds, one that is slow is not
 * disturbed.
 */
public final class ReadinessProbe {

	private static final Duration FIRST_PAUSE = Duration.ofMillis(5);

	private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);

	/** Each pause is this many percent of the one before: a third of the time waited. */
	private static final int GROWTH = 130;

	private final SandboxRuntime runtime;

	private final Clock clock;

	private final Sleeper sleeper;

	public ReadinessProbe(SandboxRuntime runtime, Clock clock, Sleeper sleeper) {
		this.runtime = runtime;
		this.clock = clock;
		this.sleeper = sleeper;
	}

	/**
	 * Returns as soon as the sandbox is healthy.
	 * @param ended whether its container is known to have ended; asked after each probe
	 * that failed, so it should cost little
	 * @throws SandboxUnreachableException when the container ended, the time is over or
	 * the thread was interrupted (it stays so)
	 */
	public void awaitReady(Sandbox sandbox, Duration limit, BooleanSupplier ended) {
		Instant begin = this.clock.instant();
		Instant deadline = begin.plus(limit);
		Duration pause = FIRST_PAUSE;
		for (int probes = 1; !this.runtime.isHealthy(sandbox); probes++) {
			Instant now = this.clock.instant();
			if (ended.getAsBoolean()) {
				throw notReady(sandbox, "its container ended", Duration.between(begin, now), probes);
			}
			if (!now.isBefore(deadline)) {
				throw notReady(sandbox, "it did not answer in time", Duration.between(begin, now), probes);
			}
			pause(sandbox, shorter(pause, Duration.between(now, deadline)));
			pause = shorter(pause.multipliedBy(GROWTH).dividedBy(100), LONGEST_PAUSE);
		}
	}

	private void pause(Sandbox sandbox, Duration pause) {
		try {
			this.sleeper.sleep(pause);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SandboxUnreachableException("waiting for sandbox " + sandbox.id() + " was interrupted", ex);
		}
	}

	private static SandboxUnreachableException notReady(Sandbox sandbox, String why, Duration waited, int probes) {
		return new SandboxUnreachableException("sandbox " + sandbox.id() + " did not become ready: " + why + " (waited "
				+ waited.toMillis() + " ms, " + probes + " probes)", null);
	}

	private static Duration shorter(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

}
