package io.sandboxmanager.store.redis;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.Signals;

/**
 * Hears the signals of all servers, on a connection and a thread of its own. When the
 * connection breaks it is made again and again; since signals are missed meanwhile, all
 * listeners are told once it is back.
 */
final class SignalBus implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(SignalBus.class);

	private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);

	private static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);

	private final Redis redis;

	private final Signals signals;

	private final Sleeper sleeper;

	private final CountDownLatch heard = new CountDownLatch(1);

	private final Thread thread = new Thread(this::run, "redis-signals");

	private final ScheduledExecutorService checks = new ScheduledThreadPoolExecutor(1, (work) -> {
		Thread thread = new Thread(work, "redis-signals-check");
		thread.setDaemon(true);
		return thread;
	});

	private @Nullable ScheduledFuture<?> checking;

	private volatile @Nullable Subscriber subscriber;

	private volatile boolean closed;

	SignalBus(Redis redis, Signals signals, Sleeper sleeper) {
		this.redis = redis;
		this.signals = signals;
		this.sleeper = sleeper;
		this.thread.setDaemon(true);
	}

	/** Begins to listen; returns when it does, or when the time is over. */
	void start(Duration limit) {
		this.thread.start();
		this.checking = this.checks.scheduleWithFixedDelay(this::check, CHECK_INTERVAL.toMillis(),
				CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
		try {
			if (!this.heard.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
				logger.warn("Signals of other servers are not heard yet; it is tried again and again");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void run() {
		Duration pause = FIRST_PAUSE;
		while (!this.closed) {
			long begin = System.nanoTime();
			try {
				listen();
			}
			catch (JedisException | StateUnavailableException ex) {
				logger.debug("Signals are not heard: {}", ex.getMessage());
			}
			catch (RuntimeException ex) {
				logger.error("Signals are not heard", ex);
			}
			boolean lasted = System.nanoTime() - begin > LONGEST_PAUSE.toNanos();
			pause = lasted ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
			sleep(pause);
		}
	}

	private void listen() {
		try (Subscriber current = new Subscriber(this.redis.connect(), this::onSubscribed, this.signals::raise)) {
			this.subscriber = current;
			if (!this.closed) {
				current.listen(this.redis.key("signals"));
			}
		}
	}

	private void onSubscribed() {
		if (this.heard.getCount() > 0) {
			this.heard.countDown();
		}
		else {
			logger.info("Signals of other servers are heard again");
			this.signals.raiseAll();
		}
	}

	/** A connection that broke without a word would be listened to for ever. */
	private void check() {
		Subscriber current = this.subscriber;
		if (current != null) {
			current.check();
		}
	}

	private void sleep(Duration pause) {
		try {
			this.sleeper.sleep(pause.multipliedBy(ThreadLocalRandom.current().nextInt(50, 101)).dividedBy(100));
		}
		catch (InterruptedException ex) {
			logger.trace("The store is closed", ex);
		}
	}

	private static Duration shorter(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

	@Override
	public void close() {
		this.closed = true;
		if (this.checking != null) {
			this.checking.cancel(true);
		}
		this.checks.shutdownNow();
		Subscriber current = this.subscriber;
		if (current != null) {
			current.disconnect();
		}
		this.thread.interrupt();
	}

}
