package io.sandboxmanager.config;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;

import io.sandboxmanager.lifecycle.SandboxRelease;
import io.sandboxmanager.lifecycle.UnheardSandboxes;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;

/**
 * What the server does at its end, once the requests that were running have had their
 * time. Spring stops it before the web server: requests to sandboxes, which may last for
 * ever, end with these.
 */
class ServerStop implements SmartLifecycle {

	private static final Logger logger = LoggerFactory.getLogger(ServerStop.class);

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final Duration WORD = Duration.ofSeconds(1);

	private static final Duration PAUSE = Duration.ofMillis(100);

	private final MaintenanceScheduler scheduler;

	private final Provisioner provisioner;

	private final SandboxRelease release;

	private final UnheardSandboxes unheard;

	private final RegistrationTask registration;

	private final Remover remover;

	private final boolean autoCleanup;

	private final Sleeper sleeper;

	private final Clock clock;

	private volatile boolean running;

	ServerStop(MaintenanceScheduler scheduler, Provisioner provisioner, SandboxRelease release,
			UnheardSandboxes unheard, RegistrationTask registration, Remover remover, boolean autoCleanup,
			Sleeper sleeper, Clock clock) {
		this.scheduler = scheduler;
		this.provisioner = provisioner;
		this.release = release;
		this.unheard = unheard;
		this.registration = registration;
		this.remover = remover;
		this.autoCleanup = autoCleanup;
		this.sleeper = sleeper;
		this.clock = clock;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.scheduler.close();
		this.provisioner.stop();
		Optional<Lease> last = leave();
		if (last.isPresent() && this.autoCleanup) {
			cleanUp(last.get());
		}
		else {
			finish();
		}
		last.ifPresent(this::giveBack);
	}

	/**
	 * Lets what is being made be finished for those who go on with it, and speaks for it
	 * meanwhile, as the maintenance does that has ended. What was released here is
	 * removed here.
	 */
	private void finish() {
		Instant deadline = this.clock.instant().plus(LIMIT);
		try {
			if (!awaitSpeaking(this.provisioner::awaitQuiet, deadline)) {
				logger.warn("Not all sandboxes could be finished within {}; the rest is given up", LIMIT);
			}
			takeBackUnheard(deadline);
			if (!awaitSpeaking(this.remover::awaitRemovals, deadline)) {
				logger.warn("Not all that was released could be removed within {}; another server, or the next start, "
						+ "does it", LIMIT);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void takeBackUnheard(Instant deadline) throws InterruptedException {
		int waiting = this.unheard.retry();
		while (waiting > 0 && !left(deadline).isZero()) {
			this.sleeper.sleep(PAUSE);
			waiting = this.unheard.retry();
		}
		if (waiting > 0) {
			logger.warn("{} sandboxes of which nobody has heard stay until their longest lifetime: the state did not "
					+ "answer within {}", waiting, LIMIT);
		}
	}

	/**
	 * Whether work comes to an end before a deadline. What is under way is spoken for.
	 */
	private boolean awaitSpeaking(Work work, Instant deadline) throws InterruptedException {
		boolean quiet = work.awaitEnd(WORD);
		while (!quiet && !left(deadline).isZero()) {
			keepAlive();
			quiet = work.awaitEnd(WORD);
		}
		return quiet;
	}

	private void keepAlive() {
		try {
			this.provisioner.keepAlive();
			this.remover.keepAlive();
		}
		catch (SandboxException ex) {
			logger.warn("Others may give up, or do again, what is still under way: {}", ex.getMessage());
		}
	}

	/** Whoever else shares the state goes on with the sandboxes. */
	private Optional<Lease> leave() {
		try {
			return this.registration.leave(LIMIT);
		}
		catch (SandboxException ex) {
			logger.warn("The sandboxes are left as they are: {}", ex.getMessage());
			return Optional.empty();
		}
	}

	private void giveBack(Lease cleanup) {
		try {
			this.registration.done(cleanup);
		}
		catch (SandboxException ex) {
			logger.debug("The right to clean up ends by itself", ex);
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE - 512;
	}

	/** What was released is removed even when the right to release more is lost. */
	private void cleanUp(Lease right) {
		Instant deadline = this.clock.instant().plus(LIMIT);
		try {
			boolean released = releasedAll(deadline, right);
			if (!awaitSpeaking(this.remover::awaitRemovals, deadline) || !released) {
				logger.warn("Not all sandboxes could be removed within {}; the next start removes the rest", LIMIT);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private boolean releasedAll(Instant deadline, Lease right) throws InterruptedException {
		try {
			return releaseAllUntil(deadline, right);
		}
		catch (LeaseLostException ex) {
			logger.warn("Not all sandboxes are removed: a server has come that goes on with them, or {} were over",
					LIMIT);
		}
		catch (SandboxException ex) {
			logger.warn("Not all sandboxes can be removed; the next start removes the rest: {}", ex.getMessage());
		}
		return true;
	}

	/**
	 * Releases what there is, and what is being made too: that ends when it finds itself
	 * released.
	 */
	private boolean releaseAllUntil(Instant deadline, Lease right) throws InterruptedException {
		this.release.releaseAll(right);
		while (!this.provisioner.awaitQuiet(PAUSE)) {
			if (left(deadline).isZero()) {
				return false;
			}
			this.release.releaseAll(right);
		}
		this.release.releaseAll(right);
		return true;
	}

	private Duration left(Instant deadline) {
		Duration left = Duration.between(this.clock.instant(), deadline);
		return left.isNegative() ? Duration.ZERO : left;
	}

	/** What may be under way on other threads. */
	@FunctionalInterface
	private interface Work {

		/** Returns whether it came to an end within the limit. */
		boolean awaitEnd(Duration limit) throws InterruptedException;

	}

}
