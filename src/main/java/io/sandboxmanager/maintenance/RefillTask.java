package io.sandboxmanager.maintenance;

import java.time.Duration;

import io.sandboxmanager.pool.WarmPools;

/**
 * Wakes the pools every second: the safety net under the signals. It is what fills a pool
 * after a pause, and after the server that filled it has died, so no setting slows it.
 */
public final class RefillTask implements MaintenanceTask {

	private static final Duration INTERVAL = Duration.ofSeconds(1);

	private final WarmPools pools;

	public RefillTask(WarmPools pools) {
		this.pools = pools;
	}

	@Override
	public String name() {
		return "refill";
	}

	@Override
	public Duration interval() {
		return INTERVAL;
	}

	@Override
	public void run() {
		this.pools.lookOrKeep();
	}

}
