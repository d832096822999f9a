package io.sandboxmanager.backend.docker;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend.Subscription;
import io.sandboxmanager.backend.ContainerListener;
import io.sandboxmanager.backend.ContainerListener.ContainerExit;
import io.sandboxmanager.backend.EngineUnreachableException;

/** The exits of containers as the engine reports them, over any number of connections. */
final class EventStream implements Subscription {

	private static final Logger LOGGER = LoggerFactory.getLogger(EventStream.class);

	private static final Duration FIRST_DELAY = Duration.ofMillis(100);

	private static final Duration LAST_DELAY = Duration.ofSeconds(10);

	private static final int MAX_REMEMBERED = 1000;

	private final Engine engine;

	private final Map<String, String> labels;

	private final ContainerListener listener;

	private final CompletableFuture<Void> begun = new CompletableFuture<>();

	private final Set<String> outOfMemory = Collections.newSetFromMap(new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
			return size() > MAX_REMEMBERED;
		}

	});

	private volatile boolean closed;

	private volatile @Nullable Connection current;

	private volatile @Nullable Future<?> retry;

	private volatile Duration delay = FIRST_DELAY;

	EventStream(Engine engine, Map<String, String> labels, ContainerListener listener) {
		this.engine = engine;
		this.labels = Map.copyOf(labels);
		this.listener = listener;
	}

	/** Returns when the engine reports, or throws when it does not. */
	EventStream open() {
		connect();
		try {
			this.begun.get(this.engine.callTimeout().toNanos(), TimeUnit.NANOSECONDS);
			return this;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			close();
			throw new EngineUnreachableException("interrupted before the Docker engine reported its events", ex);
		}
		catch (TimeoutException ex) {
			close();
			throw new EngineUnreachableException("the Docker engine at " + this.engine.host()
					+ " did not begin to report its events within " + this.engine.callTimeout().toMillis() + " ms", ex);
		}
		catch (ExecutionException ex) {
			close();
			throw this.engine.failure("watch the events of containers", (ex.getCause() != null) ? ex.getCause() : ex);
		}
	}

	private void connect() {
		if (this.closed) {
			return;
		}
		Connection connection = new Connection();
		this.current = connection;
		this.engine.streams()
			.eventsCmd()
			.withEventTypeFilter(EventType.CONTAINER)
			.withEventFilter("die", "oom")
			.withLabelFilter(this.labels)
			.exec(connection);
	}

	private void reconnect(@Nullable Throwable why) {
		if (this.closed || this.engine.watchdog().isClosed()) {
			return;
		}
		Duration wait = this.delay;
		Duration next = wait.multipliedBy(2);
		this.delay = (next.compareTo(LAST_DELAY) < 0) ? next : LAST_DELAY;
		LOGGER.warn("The events of the Docker engine have ended, next attempt in {} ms: {}", wait.toMillis(),
				(why != null) ? why.getMessage() : "end of stream");
		long jitter = ThreadLocalRandom.current().nextLong(wait.toMillis() / 4 + 1);
		this.retry = this.engine.watchdog().later(wait.plusMillis(jitter), this::connect);
	}

	@Override
	public void close() {
		this.closed = true;
		Future<?> planned = this.retry;
		if (planned != null) {
			planned.cancel(false);
		}
		Connection open = this.current;
		if (open != null) {
			open.close();
		}
	}

	private void tell(Event event) {
		String container = event.getId();
		if (container == null) {
			return;
		}
		if ("oom".equals(event.getAction())) {
			this.outOfMemory.add(container);
			return;
		}
		boolean starved = this.outOfMemory.remove(container);
		this.listener.onExit(new ContainerExit(container, exitCode(event), starved));
	}

	private static int exitCode(Event event) {
		Map<String, String> attributes = (event.getActor() != null) ? event.getActor().getAttributes() : null;
		String code = (attributes != null) ? attributes.get("exitCode") : null;
		return (code != null && code.matches("\\d{1,9}")) ? Integer.parseInt(code) : -1;
	}

	/** One connection; its callbacks come from one thread. */
	private final class Connection implements ResultCallback<Event> {

		private final AtomicBoolean ended = new AtomicBoolean();

		private volatile @Nullable Closeable stream;

		@Override
		public void onStart(Closeable stream) {
			this.stream = stream;
			if (EventStream.this.closed) {
				close();
				return;
			}
			EventStream.this.delay = FIRST_DELAY;
			if (!EventStream.this.begun.complete(null)) {
				guarded(EventStream.this.listener::onReconnect);
			}
		}

		@Override
		public void onNext(Event event) {
			guarded(() -> tell(event));
		}

		@Override
		public void onError(Throwable error) {
			if (!EventStream.this.begun.completeExceptionally(error) && this.ended.compareAndSet(false, true)) {
				reconnect(error);
			}
		}

		@Override
		public void onComplete() {
			if (this.ended.compareAndSet(false, true)) {
				reconnect(null);
			}
		}

		/** This is the top of a thread: what a listener throws must not end it. */
		private void guarded(Runnable call) {
			try {
				call.run();
			}
			catch (RuntimeException ex) {
				LOGGER.error("A listener failed on an event of the Docker engine", ex);
			}
		}

		@Override
		public void close() {
			Closeable open = this.stream;
			if (open == null) {
				return;
			}
			try {
				open.close();
			}
			catch (IOException ex) {
				LOGGER.debug("Could not close the events of the Docker engine", ex);
			}
		}

	}

}
