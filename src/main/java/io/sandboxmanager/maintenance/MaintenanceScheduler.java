package io.sandboxmanager.maintenance;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.SandboxException;

/**
 * Runs the maintenance tasks, each on its interval, one run of a task at a time. One that
 * waits for an engine that does not answer keeps no other from its turn.
 */
public final class MaintenanceScheduler implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(MaintenanceScheduler.class);

	private final ScheduledThreadPoolExecutor executor;

	private final List<MaintenanceTask> tasks;

	private final List<ScheduledFuture<?>> scheduled = new ArrayList<>();

	private final Set<MaintenanceTask> running = ConcurrentHashMap.newKeySet();

	/** Those that are to run, perhaps once more. */
	private final Set<MaintenanceTask> wanted = ConcurrentHashMap.newKeySet();

	public MaintenanceScheduler(List<MaintenanceTask> tasks) {
		this.tasks = tasks;
		AtomicInteger threads = new AtomicInteger();
		this.executor = new ScheduledThreadPoolExecutor(Math.max(1, tasks.size()), (work) -> {
			Thread thread = new Thread(work, "maintenance-" + threads.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		});
		this.executor.setRemoveOnCancelPolicy(true);
	}

	/** Begins: each task runs for the first time after one interval. */
	public void start() {
		for (MaintenanceTask task : this.tasks) {
			long pause = task.interval().toMillis();
			if (pause > 0) {
				this.scheduled.add(this.executor.scheduleWithFixedDelay(() -> runSafely(task), pause, pause,
						TimeUnit.MILLISECONDS));
			}
		}
	}

	/**
	 * Lets a task run soon, besides its interval. While it runs it is run once more
	 * afterwards: what it looks at now may have changed since it looked.
	 */
	public void runSoon(MaintenanceTask task) {
		try {
			this.executor.execute(() -> runSafely(task));
		}
		catch (RejectedExecutionException ex) {
			logger.debug("Task {} does not run any more: the server stops", task.name());
		}
	}

	@Override
	public void close() {
		this.scheduled.forEach((task) -> task.cancel(false));
		this.executor.shutdownNow();
	}

	private void runSafely(MaintenanceTask task) {
		this.wanted.add(task);
		while (this.wanted.contains(task) && this.running.add(task)) {
			this.wanted.remove(task);
			runOnce(task);
		}
	}

	private void runOnce(MaintenanceTask task) {
		try {
			task.run();
		}
		catch (SandboxException ex) {
			logger.warn("Task {} failed and runs again later: {}", task.name(), ex.getMessage());
		}
		catch (RuntimeException | Error ex) {
			logger.error("Task {} failed and runs again later", task.name(), ex);
		}
		finally {
			this.running.remove(task);
		}
	}

}
