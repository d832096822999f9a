package io.sandboxmanager.maintenance;

import java.time.Duration;

import io.sandboxmanager.provisioning.Provisioner;

/**
 * Speaks for the sandboxes that this server is making, so that those of one that died are
 * given up soon.
 */
public final class KeepAliveTask implements MaintenanceTask {

	private static final Duration INTERVAL = Duration.ofSeconds(5);

	private final Provisioner provisioner;

	public KeepAliveTask(Provisioner provisioner) {
		this.provisioner = provisioner;
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
		this.provisioner.keepAlive();
	}

}
