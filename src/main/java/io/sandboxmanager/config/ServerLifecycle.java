package io.sandboxmanager.config;

import java.time.Duration;

import io.sandboxmanager.lifecycle.Reconciliation;
import io.sandboxmanager.lifecycle.SandboxRelease;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.workspace.WorkspaceFolders;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * What the server does before its first request and after its last one. Spring starts it
 * before the web server and stops it after.
 */
class ServerLifecycle implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(ServerLifecycle.class);

	private static final Duration CLEANUP_LIMIT = Duration.ofSeconds(30);

	private final Reconciliation reconciliation;

	private final WorkspaceFolders folders;

	private final WarmPools pools;

	private final MaintenanceScheduler scheduler;

	private final SandboxRelease release;

	private final Remover remover;

	private final boolean autoCleanup;

	private volatile boolean running;

	ServerLifecycle(Reconciliation reconciliation, WorkspaceFolders folders, WarmPools pools,
			MaintenanceScheduler scheduler, SandboxRelease release, Remover remover, boolean autoCleanup) {
		this.reconciliation = reconciliation;
		this.folders = folders;
		this.pools = pools;
		this.scheduler = scheduler;
		this.release = release;
		this.remover = remover;
		this.autoCleanup = autoCleanup;
	}

	/** Removes what a server that was killed has left, then begins to fill the pools. */
	@Override
	public void start() {
		this.reconciliation.run(Duration.ZERO);
		this.folders.discardAbandoned();
		this.scheduler.start();
		this.pools.wake();
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.pools.stop();
		this.scheduler.close();
		if (this.autoCleanup) {
			cleanUp();
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	private void cleanUp() {
		try {
			this.release.releaseAll();
			if (!this.remover.awaitRemovals(CLEANUP_LIMIT)) {
				logger.warn("Not all sandboxes could be removed within {}; the next start removes the rest",
						CLEANUP_LIMIT);
			}
		}
		catch (SandboxException ex) {
			logger.warn("Not all sandboxes could be removed; the next start removes the rest: {}", ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
