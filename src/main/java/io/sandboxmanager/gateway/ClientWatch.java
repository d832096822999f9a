package io.sandboxmanager.gateway;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a client left while its request waits for a silent sandbox: the thread of
 * that request only learns it when it writes. One thread looks at all waiting requests.
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

	/** Begins to watch over a request; {@code onLeave} is run at most once. */
	Waiting watch(ClientConnection client, Runnable onLeave) {
		Waiting request = new Waiting(client, onLeave);
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

		private final Runnable onLeave;

		private boolean waiting;

		private boolean left;

		private Waiting(ClientConnection client, Runnable onLeave) {
			this.client = client;
			this.onLeave = onLeave;
		}

		synchronized void begin() {
			this.waiting = true;
		}

		synchronized void end() {
			this.waiting = false;
		}

		/** Whether the client was found to have left. */
		synchronized boolean hasLeft() {
			return this.left;
		}

		private synchronized void check() {
			try {
				if (this.waiting && !this.left && this.client.hasLeft()) {
					this.left = true;
					this.onLeave.run();
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

}
