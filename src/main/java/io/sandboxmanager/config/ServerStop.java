package io.sandboxmanager.config;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

import io.sandboxmanager.lifecycle.SandboxRelease;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.SandboxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * What the server does when it is asked to end. Spring stops it before the web server:
 * requests to sandboxes, which may last for ever, end with these.
 */
class ServerStop implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(ServerStop.class);

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final Duration WORD = Duration.ofSeconds(1);

	private static final Duration PAUSE = Duration.ofMillis(100);

	private final WarmPools pools;

	private final MaintenanceScheduler scheduler;

	private final Provisioner provisioner;

	private final SandboxRelease release;

	private final RegistrationTask registration;

	private final Remover remover;

	private final boolean autoCleanup;

	private final Clock clock;

	private volatile boolean running;

	ServerStop(WarmPools pools, MaintenanceScheduler scheduler, Provisioner provisioner, SandboxRelease release,
			RegistrationTask registration, Remover remover, boolean autoCleanup, Clock clock) {
		this.pools = pools;
		this.scheduler = scheduler;
		this.provisioner = provisioner;
		this.release = release;
		this.registration = registration;
		this.remover = remover;
		this.autoCleanup = autoCleanup;
		this.clock = clock;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.pools.stop();
		this.scheduler.close();
		this.provisioner.stop();
		if (isLast() && this.autoCleanup) {
			cleanUp();
		}
		else {
			finish();
		}
	}

	/**
	 * Lets what is being made be finished for those who go on with it, and speaks for it
	 * meanwhile, as the maintenance does that has ended.
	 */
	private void finish() {
		Instant deadline = this.clock.instant().plus(LIMIT);
		try {
			while (!this.provisioner.awaitQuiet(WORD)) {
				if (left(deadline).isZero()) {
					logger.warn("Not all sandboxes could be finished within {}; the rest is given up", LIMIT);
					return;
				}
				keepAlive();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void keepAlive() {
		try {
			this.provisioner.keepAlive();
		}
		catch (SandboxException ex) {
			logger.warn("Others may give up what is still being made: {}", ex.getMessage());
		}
	}

	/** Whoever else shares the state goes on with the sandboxes. */
	private boolean isLast() {
		try {
			return this.registration.leave();
		}
		catch (SandboxException ex) {
			logger.warn("The sandboxes are left as they are: {}", ex.getMessage());
			return false;
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	private void cleanUp() {
		Instant deadline = this.clock.instant().plus(LIMIT);
		try {
			boolean quiet = releaseAllUntil(deadline);
			if (!this.remover.awaitRemovals(left(deadline)) || !quiet) {
				logger.warn("Not all sandboxes could be removed within {}; the next start removes the rest", LIMIT);
			}
		}
		catch (SandboxException ex) {
			logger.warn("Not all sandboxes could be removed; the next start removes the rest: {}", ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Releases what there is, and what is being made too: that ends when it finds itself
	 * released.
	 */
	private boolean releaseAllUntil(Instant deadline) throws InterruptedException {
		this.release.releaseAll();
		while (!this.provisioner.awaitQuiet(PAUSE)) {
			if (left(deadline).isZero()) {
				return false;
			}
			this.release.releaseAll();
		}
		this.release.releaseAll();
		return true;
	}

	private Duration left(Instant deadline) {
		Duration left = Duration.between(this.clock.instant(), deadline);
		return left.isNegative() ? Duration.ZERO : left;
	}

}
