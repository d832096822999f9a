package io.sandboxmanager.maintenance;

import java.time.Clock;
import java.time.Duration;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.lifecycle.DefaultSandboxAccess;
import io.sandboxmanager.lifecycle.SandboxExpiry;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.store.SandboxStore;

/**
 * Ends what is due: idle sessions, lifetimes, attempts that hang, records to be
 * forgotten.
 */
public final class ReapTask implements MaintenanceTask {

	private static final Logger logger = LoggerFactory.getLogger(ReapTask.class);

	private static final int BATCH = 200;

	private final SandboxStore store;

	private final DefaultSandboxAccess access;

	private final SandboxExpiry expiry;

	private final Duration interval;

	private final Clock clock;

	public ReapTask(SandboxStore store, DefaultSandboxAccess access, SandboxExpiry expiry, Duration interval,
			Clock clock) {
		this.store = store;
		this.access = access;
		this.expiry = expiry;
		this.interval = interval;
		this.clock = clock;
	}

	@Override
	public String name() {
		return "reap";
	}

	@Override
	public Duration interval() {
		return this.interval;
	}

	@Override
	public void run() {
		this.access.touchOpen();
		List<Sandbox> due = this.store.due(this.clock.instant(), BATCH);
		due.forEach(this::expire);
	}

	/** One that cannot be ended keeps none of the others. */
	private void expire(Sandbox sandbox) {
		try {
			this.expiry.expire(sandbox);
		}
		catch (SandboxException ex) {
			logger.warn("Sandbox {} is due and cannot be ended yet: {}", sandbox.id(), ex.getMessage());
		}
	}

}
