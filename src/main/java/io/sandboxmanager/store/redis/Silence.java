package io.sandboxmanager.store.redis;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Keeps callers from waiting for a Redis that did not answer a moment ago: one of them at
 * a time finds out whether it does again, the others fail at once.
 */
final class Silence {

	private final AtomicBoolean asking = new AtomicBoolean();

	private volatile boolean silent;

	/** Whether to ask Redis; who may, tells how it went. */
	boolean mayAsk() {
		return !this.silent || this.asking.compareAndSet(false, true);
	}

	/** It answers. */
	void answered() {
		this.silent = false;
		this.asking.set(false);
	}

	/** It did not answer in time. */
	void timedOut() {
		this.silent = true;
		this.asking.set(false);
	}

	/** It was not asked after all. */
	void notAsked() {
		this.asking.set(false);
	}

}
