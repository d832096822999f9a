package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.EngineUnreachableException;

/**
 * A value that the engine is asked for once, when it is first needed. A failure is not
 * remembered. Those who wait for somebody else's question wait no longer than a call may
 * take.
 */
final class Once<T> {

	private final String what;

	private final Duration patience;

	private final Supplier<T> question;

	private final ReentrantLock asking = new ReentrantLock();

	private volatile @Nullable T value;

	Once(String what, Duration patience, Supplier<T> question) {
		this.what = what;
		this.patience = patience;
		this.question = question;
	}

	T get() {
		T known = this.value;
		return (known != null) ? known : ask();
	}

	void forget() {
		this.value = null;
	}

	private T ask() {
		try {
			if (!this.asking.tryLock(this.patience.toNanos(), TimeUnit.NANOSECONDS)) {
				throw new EngineUnreachableException(
						"the Docker engine has not told " + this.what + " within " + this.patience.toMillis() + " ms",
						null);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EngineUnreachableException("interrupted before the Docker engine told " + this.what, ex);
		}
		try {
			T known = this.value;
			if (known == null) {
				known = this.question.get();
				this.value = known;
			}
			return known;
		}
		finally {
			this.asking.unlock();
		}
	}

}
