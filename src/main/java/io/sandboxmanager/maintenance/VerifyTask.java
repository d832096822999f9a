package io.sandboxmanager.maintenance;

import java.time.Duration;
import java.util.function.Predicate;

import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.sandbox.Sandbox;

/** Asks the warm sandboxes whether they still answer, so that no request has to. */
public final class VerifyTask implements MaintenanceTask {

	private final WarmPools pools;

	private final Predicate<Sandbox> healthy;

	private final Duration interval;

	public VerifyTask(WarmPools pools, Predicate<Sandbox> healthy, Duration interval) {
		this.pools = pools;
		this.healthy = healthy;
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
		this.pools.verify(this.healthy);
	}

}
