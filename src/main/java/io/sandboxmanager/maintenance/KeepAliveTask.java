package io.sandboxmanager.maintenance;

import java.time.Duration;

/**
 * Speaks for what this server is doing, such as the sandboxes that it is making, so that
 * what one that died was doing is given up soon.
 */
public final class KeepAliveTask implements MaintenanceTask {

	private static final Duration INTERVAL = Duration.ofSeconds(2);

	private final String name;

	private final Runnable speak;

	/**
	 * Creates the task.
	 * @param speak says that what is being done is still being done
	 */
	public KeepAliveTask(String name, Runnable speak) {
		this.name = name;
		this.speak = speak;
	}

	@Override
	public String name() {
		return this.name;
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
