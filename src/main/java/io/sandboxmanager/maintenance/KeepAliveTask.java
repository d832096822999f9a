package io.sandboxmanager.maintenance;

import java.time.Duration;

/**
 * Speaks for the sandboxes that this server is making, so that those of one that died are
 * given up soon.
 */
public final class KeepAliveTask implements MaintenanceTask {

	private static final Duration INTERVAL = Duration.ofSeconds(5);

	private final Runnable speak;

	/**
	 * Creates the task.
	 * @param speak says that what is being made is still being made
	 */
	public KeepAliveTask(Runnable speak) {
		this.speak = speak;
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
		this.speak.run();
	}

}
