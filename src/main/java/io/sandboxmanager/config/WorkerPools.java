package io.sandboxmanager.config;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes the named, bounded thread pools of work that nobody waits for in a request. */
final class WorkerPools {

	private static final int MAX_QUEUE = 10_000;

	private static final long KEEP_ALIVE_SECONDS = 30;

	private WorkerPools() {
	}

	/**
	 * At most so many threads, none while idle; whoever overfills the queue does the
	 * work.
	 */
	static ExecutorService named(String name, int threads) {
		AtomicInteger count = new AtomicInteger();
		ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(MAX_QUEUE), (work) -> {
					Thread thread = new Thread(work, name + "-" + count.incrementAndGet());
					thread.setDaemon(true);
					return thread;
				}, (work, executor) -> {
					if (executor.isShutdown()) {
						throw new RejectedExecutionException(name + " is shut down");
					}
					work.run();
				});
		pool.allowCoreThreadTimeOut(true);
		return pool;
	}

}
