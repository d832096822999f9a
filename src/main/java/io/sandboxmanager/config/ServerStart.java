package io.sandboxmanager.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

import io.sandboxmanager.lifecycle.Reconciliation;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.workspace.WorkspaceFolders;

/**
 * What the server does before its first request: Spring starts it before the web server.
 */
class ServerStart implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(ServerStart.class);

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
		this.folders.discardAbandoned(this::isRecorded, this::recordedFolders);
		this.scheduler.start();
		this.pools.wake();
		this.running = true;
	}

	/** What cannot be read is a record too. */
	private boolean isRecorded(SandboxId id) {
		try {
			return this.store.find(id).isPresent();
		}
		catch (StateUnavailableException ex) {
			logger.warn("The workspace of sandbox {} is left as it is: {}", id, ex.getMessage());
			return true;
		}
	}

	private Set<Path> recordedFolders() {
		Set<Path> folders = new HashSet<>();
		this.store.visit((sandbox) -> Optional.ofNullable(sandbox.workspace().directory())
			.ifPresent((folder) -> folders.add(Path.of(folder))));
		return folders;
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
