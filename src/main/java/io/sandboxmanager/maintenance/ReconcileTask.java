package io.sandboxmanager.maintenance;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

import io.sandboxmanager.lifecycle.Reconciliation;

/** Compares records and containers now and then, one comparison at a time. */
public final class ReconcileTask implements MaintenanceTask {

	private static final Duration GRACE = Duration.ofSeconds(10);

	private final Reconciliation reconciliation;

	private final Duration interval;

	private final ReentrantLock lock = new ReentrantLock();

	public ReconcileTask(Reconciliation reconciliation, Duration interval) {
		this.reconciliation = reconciliation;
		this.interval = interval;
	}

	@Override
	public String name() {
		return "reconcile";
	}

	@Override
	public Duration interval() {
		return this.interval;
	}

	@Override
	public void run() {
		this.lock.lock();
		try {
			this.reconciliation.run(GRACE);
		}
		finally {
			this.lock.unlock();
		}
	}

}
