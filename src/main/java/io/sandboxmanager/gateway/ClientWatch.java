package io.sandboxmanager.gateway;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a client left while its request waits for a silent sandbox, and that the
 * sandbox has had its time: the thread of that request waits in a read or a write and
 * learns neither. One thread looks at all waiting requests.
 */
final class ClientWatch implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ClientWatch.class);

	private final Set<Waiting> requests = ConcurrentHashMap.newKeySet();

	private final ScheduledExecutorService executor;

	private final ScheduledFuture<?> checks;

	ClientWatch(Duration interval) {
		this.executor = Executors.newSingleThreadScheduledExecutor((task) -> {
			Thread thread = new Thread(task, "gateway-client-watch");
			thread.setDaemon(true);
			return thread;
		});
		this.checks = this.executor.scheduleWithFixedDelay(() -> this.requests.forEach(Waiting::check),
				interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
	}

	/** Begins to watch over a request; {@code cancel} is run at most once. */
	Waiting watch(ClientConnection client, Runnable cancel) {
		Waiting request = new Waiting(client, cancel);
		this.requests.add(request);
		return request;
	}

	@Override
	public void close() {
		this.checks.cancel(true);
		this.executor.shutdown();
	}

	/**
	 * A request under watch. Its connection is looked at only between {@link #begin()}
	 * and {@link #end()}, when the request's own thread leaves it alone.
	 */
	final class Waiting implements AutoCloseable {

		private final ClientConnection client;

		private final Runnable cancel;

		private boolean waiting;

		private boolean left;

		private @Nullable Limit limit;

		private boolean late;

		private Waiting(ClientConnection client, Runnable cancel) {
			this.client = client;
			this.cancel = cancel;
		}

		synchronized void begin() {
			this.waiting = true;
		}

		synchronized void end() {
			this.waiting = false;
		}

		/**
		 * From now on the sandbox has so much time.
		 * @param demand what it has to do, after "the sandbox did not"
		 */
		synchronized void limit(Duration time, String demand) {
			this.limit = new Limit(demand, time, System.nanoTime() + time.toNanos());
		}

		/** The sandbox did it. */
		synchronized void lift() {
			this.limit = null;
		}

		/** What the sandbox did not do in its time, if it was given up for that. */
		synchronized Optional<Limit> exceeded() {
			return this.late ? Optional.ofNullable(this.limit) : Optional.empty();
		}

		/** Whether the client was found to have left. */
		synchronized boolean hasLeft() {
			return this.left;
		}

		private synchronized void check() {
			try {
				if (this.left || this.late) {
					return;
				}
				this.left = this.waiting && this.client.hasLeft();
				this.late = !this.left && this.limit != null && this.limit.isOver();
				if (this.left || this.late) {
					this.cancel.run();
				}
			}
			catch (RuntimeException ex) {
				logger.warn("Could not look whether a client left", ex);
			}
		}

		@Override
		public void close() {
			end();
			ClientWatch.this.requests.remove(this);
		}

	}

	/** What a sandbox has to do until when. */
	record Limit(String demand, Duration time, long deadline) {

		private boolean isOver() {
			return System.nanoTime() - this.deadline >= 0;
		}

	}

}
