package io.sandboxmanager.maintenance;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.sandbox.Sandbox;

/** Asks the warm sandboxes whether they still answer, so that no request has to. */
public final class VerifyTask implements MaintenanceTask {

	private final WarmPools pools;

	private final Consumer<Sandbox> probe;

	private final Executor executor;

	private final Duration interval;

	/**
	 * Creates the task.
	 * @param probe asks once, and throws when there is no answer
	 * @param executor helps to ask many
	 */
	public VerifyTask(WarmPools pools, Consumer<Sandbox> probe, Executor executor, Duration interval) {
		this.pools = pools;
		this.probe = probe;
		this.executor = executor;
		this.interval = interval;
	}

	@Override
	public String name() {
		return "verify";
	}

	@Override
	public Duration interval() {
		return this.interval;
	}

	@Override
	public void run() {
		this.pools.removeUnwanted();
		this.pools.verify(this.probe, this.executor, this.interval);
	}

}
