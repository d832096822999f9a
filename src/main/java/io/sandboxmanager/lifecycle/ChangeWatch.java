package io.sandboxmanager.lifecycle;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.store.SandboxStore;

/**
 * Lets a caller wait until something changes: a pool or a slot, or who has a lease. A
 * change since the last wait is not missed; a lost signal costs a moment only.
 */
class ChangeWatch implements AutoCloseable {

	private static final Duration LOST_SIGNAL = Duration.ofMillis(250);

	private final Semaphore changes = new Semaphore(0);

	private final SandboxStore.Subscription subscription;

	/**
	 * Begins to watch.
	 * @param topic of the signals that tell of a change
	 */
	ChangeWatch(SandboxStore store, String topic) {
		this.subscription = store.onSignal(topic, this.changes::release);
	}

	/**
	 * Waits for a change.
	 * @param what the caller waits for, for people
	 */
	void awaitChange(String what) {
		try {
			if (this.changes.tryAcquire(LOST_SIGNAL.toMillis(), TimeUnit.MILLISECONDS)) {
				this.changes.drainPermits();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SandboxUnreachableException("interrupted while waiting for " + what, ex);
		}
	}

	@Override
	public void close() {
		this.subscription.close();
	}

}
