package io.sandboxmanager.maintenance;

import java.time.Duration;
import java.util.List;

/**
 * Speaks for the sandboxes that this server is making or resetting, so that those of one
 * that died are given up soon.
 */
public final class KeepAliveTask implements MaintenanceTask {

	private static final Duration INTERVAL = Duration.ofSeconds(5);

	private final List<Runnable> words;

	/**
	 * Creates the task.
	 * @param words each says of some work that it still goes on
	 */
	public KeepAliveTask(List<Runnable> words) {
		this.words = words;
	}

	@Override
	public String name() {
		return "keep-alive";
	}

	@Override
	public Duration interval() {
		return INTERVAL;
	}

	@Override
	public void run() {
		this.words.forEach(Runnable::run);
	}

}
