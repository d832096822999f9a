package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Ends work that takes too long by interrupting its thread. The transport's own response
 * timeout is not enough: over a Unix socket on JDK 16 and later it has no effect, but a
 * read there ends when its thread is interrupted.
 */
final class Watchdog implements AutoCloseable {

	private final ScheduledThreadPoolExecutor timer;

	Watchdog() {
		this.timer = new ScheduledThreadPoolExecutor(1, (task) -> {
			Thread thread = new Thread(task, "docker-watchdog");
			thread.setDaemon(true);
			return thread;
		});
		this.timer.setRemoveOnCancelPolicy(true);
		this.timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
	}

	/**
	 * Does the work on the calling thread.
	 * @throws TimeoutException when it was ended because it took longer than the limit
	 */
	<T> T within(Duration limit, Supplier<T> work) throws TimeoutException {
		Guard guard = new Guard(Thread.currentThread());
		Future<?> alarm = this.timer.schedule(guard::expire, limit.toNanos(), TimeUnit.NANOSECONDS);
		boolean expired = false;
		try {
			return work.get();
		}
		catch (RuntimeException ex) {
			expired = guard.leave();
			if (expired) {
				TimeoutException timeout = new TimeoutException("not done within " + limit.toMillis() + " ms");
				timeout.initCause(ex);
				throw timeout;
			}
			throw ex;
		}
		finally {
			alarm.cancel(false);
			guard.leave();
		}
	}

	/** Runs a short task later, on the watchdog's thread. */
	Future<?> later(Duration delay, Runnable task) {
		return this.timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
	}

	boolean isClosed() {
		return this.timer.isShutdown();
	}

	@Override
	public void close() {
		this.timer.shutdownNow();
	}

	/** Interrupts a thread only while it is inside, so that no interrupt strays. */
	private static final class Guard {

		private final Thread worker;

		private boolean left;

		private boolean expired;

		Guard(Thread worker) {
			this.worker = worker;
		}

		synchronized void expire() {
			if (!this.left) {
				this.expired = true;
				this.worker.interrupt();
			}
		}

		synchronized boolean leave() {
			if (!this.left && this.expired) {
				Thread.interrupted();
			}
			this.left = true;
			return this.expired;
		}

	}

}
