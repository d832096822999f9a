package io.sandboxmanager.pool;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

import io.sandboxmanager.sandbox.ProvisioningCancelledException;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.PoolCount;
import io.sandboxmanager.store.SandboxStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills one pool. It is woken by every change and looks at the demand anew before each
 * member that it makes, so that no burst overfills the pool; of several servers one fills
 * at a time, by lease.
 */
class PoolFiller {

	private static final Logger logger = LoggerFactory.getLogger(PoolFiller.class);

	/** So long nobody fills the pool of a server that has died. */
	private static final Duration LEASE_TIME = Duration.ofSeconds(3);

	private final WarmPool pool;

	private final SandboxStore store;

	private final String server;

	private final Executor executor;

	private final int concurrency;

	private final Clock clock;

	private final Backoff backoff;

	private final AtomicInteger making = new AtomicInteger();

	private final AtomicBoolean looking = new AtomicBoolean();

	private final AtomicBoolean lookAgain = new AtomicBoolean();

	/** Whether members were taken here since the last look. */
	private volatile boolean taken;

	private volatile boolean stopped;

	/** Whether the last member found no slot. */
	private volatile boolean full;

	private volatile @Nullable String lastFailure;

	/**
	 * Creates a filler.
	 * @param server who takes the lease
	 * @param executor looks at the demand and makes members
	 * @param concurrency how many members are made at the same time at most
	 */
	PoolFiller(WarmPool pool, SandboxStore store, String server, Executor executor, int concurrency, Clock clock) {
		this.pool = pool;
		this.store = store;
		this.server = server;
		this.executor = executor;
		this.concurrency = concurrency;
		this.clock = clock;
		this.backoff = new Backoff(RandomGenerator.getDefault());
	}

	/**
	 * Looks at the demand soon; returns at once. Several calls may become one look. While
	 * as many members are made as may be, none is needed: each of them wakes at its end.
	 */
	void wake() {
		this.lookAgain.set(true);
		if (!this.stopped && this.making.get() < this.concurrency && this.backoff.isOver(this.clock.instant())
				&& this.looking.compareAndSet(false, true)) {
			execute(this::look);
		}
	}

	/**
	 * Looks at the demand soon, since a caller of this server has taken a member. The
	 * server that fills the pool, if it is another one, is told.
	 */
	void memberTaken() {
		this.taken = true;
		wake();
	}

	/** Makes no further members. Those on their way are finished. */
	void stop() {
		this.stopped = true;
		try {
			this.store.lease(leaseName(), this.server, LEASE_TIME).ifPresent(this.store::giveUp);
		}
		catch (SandboxException ex) {
			logger.warn("Other servers may fill the pool of {} only in {}: {}", this.pool.type(), LEASE_TIME,
					ex.getMessage());
		}
	}

	/** Why the last attempt failed, or {@code null} when it did not. */
	@Nullable String lastFailure() {
		return this.lastFailure;
	}

	/** Why there may be no member at the moment, for people. */
	String reason() {
		String failure = this.lastFailure;
		if (failure != null) {
			return "the last attempt to make one failed: " + failure;
		}
		return this.full ? "all slots of the instance limit are taken"
				: "others were quicker and more are on their way";
	}

	private void look() {
		try {
			while (!this.stopped && this.lookAgain.getAndSet(false)) {
				this.pool.lookAtImage(); // a pull would outlast the lease
				boolean since = this.taken;
				this.taken = false;
				this.store.lease(leaseName(), this.server, LEASE_TIME)
					.ifPresentOrElse(this::fill, () -> leaveToOthers(since));
			}
		}
		catch (RuntimeException ex) {
			failed(ex);
		}
		finally {
			this.looking.set(false);
		}
		if (this.lookAgain.get()) {
			wake();
		}
	}

	private void leaveToOthers(boolean taken) {
		if (taken) {
			this.store.signal(SandboxStore.MEMBER_WANTED);
		}
	}

	private void fill(Lease lease) {
		int making = this.making.get();
		PoolCount count = this.pool.count();
		int wanted = Math.min(this.pool.missing(count, making), this.concurrency - making);
		for (int i = 0; i < wanted; i++) {
			this.making.incrementAndGet();
			execute(() -> make(lease));
		}
		this.pool.trim(count);
	}

	private void make(Lease lease) {
		boolean added = false;
		try {
			added = add(lease);
		}
		finally {
			this.making.decrementAndGet();
		}
		if (added || this.lookAgain.get()) {
			wake();
		}
	}

	private boolean add(Lease lease) {
		try {
			this.pool.add(lease);
			this.backoff.succeeded();
			this.lastFailure = null;
			this.full = false;
			return true;
		}
		catch (SandboxLimitExceededException ex) {
			logger.debug("Pool of {} waits for a free slot", this.pool.type());
			this.full = true;
			return this.pool.removeOneStale();
		}
		catch (LeaseLostException ex) {
			logger.debug("Pool of {} is filled by another server", this.pool.type());
			return true;
		}
		catch (ProvisioningCancelledException ex) {
			logger.debug("A member of the pool of {} was given up while it was made", this.pool.type());
			return true;
		}
		catch (RuntimeException ex) {
			if (!this.stopped) {
				failed(ex);
			}
		}
		return false;
	}

	private void failed(RuntimeException failure) {
		this.backoff.failed(this.clock.instant());
		this.lastFailure = String.valueOf(failure.getMessage());
		if (!(failure instanceof SandboxException)) {
			logger.error("Pool of {} could not be filled", this.pool.type(), failure);
			return;
		}
		logger.warn("Pool of {} could not be filled ({} failures in a row): {}", this.pool.type(),
				this.backoff.failures(), failure.getMessage());
	}

	private void execute(Runnable work) {
		try {
			this.executor.execute(work);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The pool of {} is not filled any more: the server stops", this.pool.type());
		}
	}

	private String leaseName() {
		return "fill:" + this.pool.type();
	}

}
