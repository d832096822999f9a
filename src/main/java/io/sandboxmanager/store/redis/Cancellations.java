package io.sandboxmanager.store.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * Takes back claims whose answer nobody has heard, since Redis may carry them out all the
 * same, even long after their callers were told that it does not answer. Goes on until it
 * does.
 */
final class Cancellations implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Cancellations.class);

	private static final Duration PAUSE = Duration.ofSeconds(1);

	private static final Duration LAST_TRY = Duration.ofSeconds(5);

	private static final int MOST = 10_000;

	private final Redis redis;

	private final Sleeper sleeper;

	private final BlockingQueue<String> marks = new LinkedBlockingQueue<>(MOST);

	private final Thread thread = new Thread(this::run, "redis-cancellations");

	private volatile boolean closed;

	Cancellations(Redis redis, Sleeper sleeper) {
		this.redis = redis;
		this.sleeper = sleeper;
		this.thread.setDaemon(true);
	}

	/** Begins to take claims back. */
	void start() {
		this.thread.start();
	}

	/** Takes a claim back soon; returns at once. */
	void add(String mark) {
		if (!this.marks.offer(mark)) {
			logger.warn("A claim is not taken back, since {} others wait for Redis too: if it is carried out yet, its "
					+ "sandbox stays until its longest lifetime", MOST);
		}
	}

	private void run() {
		try {
			while (!this.closed) {
				String mark = this.marks.take();
				if (!cancel(mark)) {
					add(mark);
					this.sleeper.sleep(PAUSE);
				}
			}
		}
		catch (InterruptedException ex) {
			logger.trace("The store is closed", ex);
		}
		finish();
	}

	/** What waits when the server stops is tried once more. */
	private void finish() {
		int left = 0;
		for (String mark = this.marks.poll(); mark != null; mark = this.marks.poll()) {
			left += cancel(mark) ? 0 : 1;
		}
		if (left > 0) {
			logger.warn("{} claims are not taken back, since Redis does not answer: those that are carried out yet "
					+ "keep their sandboxes until their longest lifetime", left);
		}
	}

	private boolean cancel(String mark) {
		try {
			this.redis.eval(Script.CANCEL_CLAIM, List.of(mark, Fields.text(Instant.now())));
			return true;
		}
		catch (StateUnavailableException ex) {
			logger.debug("A claim is taken back later: {}", ex.getMessage());
		}
		catch (RuntimeException ex) {
			logger.error("A claim cannot be taken back yet", ex);
		}
		return false;
	}

	/** Returns when all was tried once more, or after a while. */
	@Override
	public void close() {
		this.closed = true;
		this.thread.interrupt();
		try {
			this.thread.join(LAST_TRY.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
