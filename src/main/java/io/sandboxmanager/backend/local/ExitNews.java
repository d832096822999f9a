package io.sandboxmanager.backend.local;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend.Subscription;
import io.sandboxmanager.backend.ContainerListener;
import io.sandboxmanager.backend.ContainerListener.ContainerExit;

/**
 * Tells of sandboxes that have ended, in order and on a thread of its own. None is lost:
 * there are never more to be told than sandboxes.
 */
final class ExitNews {

	private static final Logger logger = LoggerFactory.getLogger(ExitNews.class);

	private final List<Listening> listeners = new CopyOnWriteArrayList<>();

	private final ExecutorService teller = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS,
			new LinkedBlockingQueue<>(), (work) -> {
				Thread thread = new Thread(work, "local-exits");
				thread.setDaemon(true);
				return thread;
			});

	Subscription subscribe(Map<String, String> labels, ContainerListener listener) {
		Listening listening = new Listening(Map.copyOf(labels), listener);
		this.listeners.add(listening);
		return () -> this.listeners.remove(listening);
	}

	void tell(LocalContainer container, int code, boolean outOfMemory) {
		ContainerExit exit = new ContainerExit(container.ref(), code, outOfMemory);
		try {
			this.teller.execute(() -> this.listeners.stream()
				.filter((listening) -> container.carries(listening.labels()))
				.forEach((listening) -> tell(listening.listener(), exit)));
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The end of {} is not told any more: the server stops", container.ref());
		}
	}

	private static void tell(ContainerListener listener, ContainerExit exit) {
		try {
			listener.onExit(exit);
		}
		catch (RuntimeException ex) {
			logger.error("A listener failed when a sandbox had ended", ex);
		}
	}

	void close() {
		this.teller.shutdownNow();
	}

	private record Listening(Map<String, String> labels, ContainerListener listener) {
	}

}
