package io.sandboxmanager.store;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.store.SandboxStore.Subscription;

/**
 * Tells the listeners on this server of signals, on one thread. A listener that was not
 * yet told of a signal is not queued again: the queue holds each listener once at most.
 */
public final class Signals implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Signals.class);

	private final Map<String, List<Listener>> listeners = new ConcurrentHashMap<>();

	private final ExecutorService thread = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS,
			new LinkedBlockingQueue<>(), (work) -> {
				Thread thread = new Thread(work, "store-signals");
				thread.setDaemon(true);
				return thread;
			});

	/** Tells the listeners of a topic soon. */
	public void raise(String topic) {
		this.listeners.getOrDefault(topic, List.of()).forEach(this::tell);
	}

	/** Tells all listeners soon: signals may have been missed. */
	public void raiseAll() {
		this.listeners.values().forEach((some) -> some.forEach(this::tell));
	}

	/** Tells a listener of each signal from now on. */
	public Subscription listen(String topic, Runnable target) {
		Listener listener = new Listener(target, new AtomicBoolean());
		this.listeners.computeIfAbsent(topic, (key) -> new CopyOnWriteArrayList<>()).add(listener);
		return () -> this.listeners.getOrDefault(topic, List.of()).remove(listener);
	}

	private void tell(Listener listener) {
		if (listener.pending().compareAndSet(false, true)) {
			try {
				this.thread.execute(listener::run);
			}
			catch (RejectedExecutionException ex) {
				logger.debug("A signal after the store was closed is not told", ex);
			}
		}
	}

	@Override
	public void close() {
		this.thread.shutdownNow();
	}

	private record Listener(Runnable target, AtomicBoolean pending) {

		void run() {
			this.pending.set(false);
			try {
				this.target.run();
			}
			catch (RuntimeException ex) {
				logger.error("A listener failed to act on a signal", ex);
			}
		}

	}

}
