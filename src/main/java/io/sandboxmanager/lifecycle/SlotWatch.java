package io.sandboxmanager.lifecycle;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.store.SandboxStore;

/**
 * Lets a caller wait until a pool changes or a slot becomes free. A change since the last
 * wait is not missed; a lost signal costs a moment only.
 */
class SlotWatch implements AutoCloseable {

	private static final Duration LOST_SIGNAL = Duration.ofMillis(250);

	private final Semaphore changes = new Semaphore(0);

	private final SandboxStore.Subscription subscription;

	SlotWatch(SandboxStore store) {
		this.subscription = store.onSignal(SandboxStore.POOLS_CHANGED, this.changes::release);
	}

	void awaitChange() {
		try {
			if (this.changes.tryAcquire(LOST_SIGNAL.toMillis(), TimeUnit.MILLISECONDS)) {
				this.changes.drainPermits();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SandboxUnreachableException("interrupted while waiting for a free slot", ex);
		}
	}

	@Override
	public void close() {
		this.subscription.close();
	}

}
