package io.sandboxmanager.runtime;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends calls that take too long altogether. A socket's own limit begins anew with each
 * byte, so a sandbox that sends one now and then could hold a thread of the server for
 * ever.
 */
final class Deadlines implements AutoCloseable {

	private final ScheduledThreadPoolExecutor timer;

	Deadlines() {
		this.timer = new ScheduledThreadPoolExecutor(1, (work) -> {
			Thread thread = new Thread(work, "sandbox-call-deadlines");
			thread.setDaemon(true);
			return thread;
		});
		this.timer.setRemoveOnCancelPolicy(true);
	}

	/** Runs {@code cancel} after the time limit unless the deadline is closed before. */
	Deadline start(Duration limit, Runnable cancel) {
		AtomicBoolean passed = new AtomicBoolean();
		ScheduledFuture<?> pending = this.timer.schedule(() -> {
			passed.set(true);
			cancel.run();
		}, limit.toMillis(), TimeUnit.MILLISECONDS);
		return new Deadline(passed, pending);
	}

	@Override
	public void close() {
		this.timer.shutdownNow();
	}

	/** The end of one call. */
	record Deadline(AtomicBoolean passed, ScheduledFuture<?> pending) implements AutoCloseable {

		boolean isPassed() {
			return this.passed.get();
		}

		@Override
		public void close() {
			this.pending.cancel(false);
		}

	}

}
