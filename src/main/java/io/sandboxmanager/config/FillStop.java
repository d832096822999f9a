package io.sandboxmanager.config;

import org.springframework.context.SmartLifecycle;

import io.sandboxmanager.pool.WarmPools;

/**
 * What the server does first when it is asked to end: it fills no pools any more, and
 * other servers may at once. Spring stops it before it takes no more requests and waits
 * for those that run.
 */
class FillStop implements SmartLifecycle {

	private final WarmPools pools;

	private volatile boolean running;

	FillStop(WarmPools pools) {
		this.pools = pools;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.pools.stop();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
