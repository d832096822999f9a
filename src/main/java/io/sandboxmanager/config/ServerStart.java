package io.sandboxmanager.config;

import java.time.Duration;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

import io.sandboxmanager.lifecycle.Reconciliation;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.workspace.WorkspaceFolders;

/**
 * What the server does before its first request: Spring starts it before the web server.
 */
class ServerStart implements SmartLifecycle {

	private final RegistrationTask registration;

	private final Reconciliation reconciliation;

	private final SandboxStore store;

	private final WorkspaceFolders folders;

	private final WarmPools pools;

	private final MaintenanceScheduler scheduler;

	private volatile boolean running;

	ServerStart(RegistrationTask registration, Reconciliation reconciliation, SandboxStore store,
			WorkspaceFolders folders, WarmPools pools, MaintenanceScheduler scheduler) {
		this.registration = registration;
		this.reconciliation = reconciliation;
		this.store = store;
		this.folders = folders;
		this.pools = pools;
		this.scheduler = scheduler;
	}

	/** Removes what a server that was killed has left, then begins to fill the pools. */
	@Override
	public void start() {
		this.registration.run();
		this.reconciliation.run(Duration.ZERO);
		this.folders.discardAbandoned((id) -> this.store.find(id).isPresent());
		this.scheduler.start();
		this.pools.wake();
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return WebServerApplicationContext.START_STOP_LIFECYCLE_PHASE - 1024;
	}

}
