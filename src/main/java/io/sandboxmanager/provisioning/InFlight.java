package io.sandboxmanager.provisioning;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts what is under way, so that one can wait for its end. */
class InFlight {

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition quiet = this.lock.newCondition();

	private int count;

	void begin() {
		this.lock.lock();
		try {
			this.count++;
		}
		finally {
			this.lock.unlock();
		}
	}

	void end() {
		this.lock.lock();
		try {
			if (--this.count == 0) {
				this.quiet.signalAll();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns whether nothing was under way at some moment within the limit. */
	boolean awaitQuiet(Duration limit) throws InterruptedException {
		long left = limit.toNanos();
		this.lock.lock();
		try {
			while (this.count > 0 && left > 0) {
				left = this.quiet.awaitNanos(left);
			}
			return this.count == 0;
		}
		finally {
			this.lock.unlock();
		}
	}

}
