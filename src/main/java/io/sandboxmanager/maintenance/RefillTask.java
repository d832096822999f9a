package io.sandboxmanager.maintenance;

import java.time.Duration;

import io.sandboxmanager.pool.WarmPools;

/** Wakes the pools now and then: the safety net under the signals. */
public final class RefillTask implements MaintenanceTask {

	private final WarmPools pools;

	private final Duration interval;

	public RefillTask(WarmPools pools, Duration interval) {
		this.pools = pools;
		this.interval = interval;
	}

	@Override
	public String name() {
		return "refill";
	}

	@Override
	public Duration interval() {
		return this.interval;
	}

	@Override
	public void run() {
		this.pools.wake();
	}

}
