package io.sandboxmanager.pool;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import io.sandboxmanager.provisioning.Room;
import io.sandboxmanager.sandbox.ProvisioningCancelledException;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.PoolCount;

/**
 * Fills one pool. It is woken by every change and looks at the demand anew before each
 * member that it makes, so that no burst overfills the pool; of several servers one fills
 * at a time, by lease.
 */
class PoolFiller {

	private static final Logger logger = LoggerFactory.getLogger(PoolFiller.class);

	private final WarmPool pool;

	private final FillLease lease;

	private final Executor executor;

	private final int concurrency;

	private final Backoff backoff;

	private final AtomicInteger making = new AtomicInteger();

	/** Of these, how many the count does not have yet. */
	private final AtomicInteger unrecorded = new AtomicInteger();

	private final AtomicBoolean looking = new AtomicBoolean();

	private final AtomicBoolean lookAgain = new AtomicBoolean();

	/** Whether members were taken here since the last look. */
	private volatile boolean taken;

	private volatile boolean stopped;

	/** Whether the last member found no slot. */
	private volatile boolean full;

	/** Whether the last failure was that of the state, which tells when it is back. */
	private volatile boolean stateAway;

	private volatile @Nullable String lastFailure;

	/**
	 * Creates a filler.
	 * @param lease the right to fill this pool
	 * @param executor looks at the demand and makes members
	 * @param concurrency how many members are made at the same time at most
	 * @param ticker nanoseconds of a clock that nobody sets
	 */
	PoolFiller(WarmPool pool, FillLease lease, Executor executor, int concurrency, LongSupplier ticker) {
		this.pool = pool;
		this.lease = lease;
		this.executor = executor;
		this.concurrency = concurrency;
		this.backoff = new Backoff(ticker, RandomGenerator.getDefault());
	}

	/**
	 * Looks at the demand soon; returns at once. Several calls may become one look. While
	 * as many members are made as may be, none is needed: each of them wakes at its end.
	 */
	void wake() {
		this.lookAgain.set(true);
		if (!this.stopped && this.making.get() < this.concurrency && this.backoff.isOver()
				&& this.looking.compareAndSet(false, true)) {
			execute(this::look);
		}
	}

	/**
	 * Looks at the demand soon, or, while as many members are made as may be, keeps the
	 * right to make them. After a failure it is left to servers whose engine may answer.
	 */
	void lookOrKeep() {
		wake();
		if (!this.stopped && this.making.get() >= this.concurrency) {
			try {
				this.lease.keep();
			}
			catch (SandboxException ex) {
				logger.debug("The right to fill the pool of {} may end: {}", this.pool.type(), ex.getMessage());
			}
		}
	}

	/** Whether this server is the one that fills the pool. */
	boolean isInCharge() {
		return this.lease.isHeld();
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
			this.lease.leave();
		}
		catch (SandboxException ex) {
			logger.warn("Other servers may fill the pool of {} only in {}: {}", this.pool.type(), FillLease.TIME,
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
		long begun = this.backoff.begin();
		try {
			while (!this.stopped && this.backoff.isOver() && this.lookAgain.getAndSet(false)) {
				begun = this.backoff.begin();
				this.pool.lookAtImage(); // a pull would outlast the lease
				boolean since = this.taken;
				this.taken = false;
				this.lease.take().ifPresentOrElse(this::fill, () -> leaveToOthers(since));
				stateAnswers();
			}
		}
		catch (RuntimeException ex) {
			failed(ex, begun);
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
			this.lease.tellHolder();
		}
	}

	private void fill(Lease lease) {
		int free = this.concurrency - this.making.get();
		// before the count: better twice than never
		int unrecorded = this.unrecorded.get();
		PoolCount count = this.pool.count();
		int missing = this.pool.missing(count, unrecorded);
		if (missing <= 0 && this.making.get() == 0) {
			succeeded();
		}
		for (int i = 0; i < Math.min(missing, free); i++) {
			this.making.incrementAndGet();
			this.unrecorded.incrementAndGet();
			execute(() -> make(lease, WarmPool.room(count)));
		}
		this.pool.trim(count);
	}

	private void make(Lease lease, Room room) {
		AtomicBoolean recorded = new AtomicBoolean();
		Runnable record = () -> {
			if (recorded.compareAndSet(false, true)) {
				this.unrecorded.decrementAndGet();
			}
		};
		boolean added = false;
		try {
			added = add(lease, room, record);
		}
		finally {
			record.run();
			this.making.decrementAndGet();
		}
		if (added || this.lookAgain.get()) {
			wake();
		}
	}

	/** Returns whether to look at the demand again. */
	private boolean add(Lease lease, Room room, Runnable recorded) {
		long begun = this.backoff.begin();
		try {
			return addOrMakeRoom(lease, room, recorded);
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
			failed(ex, begun);
			return false;
		}
	}

	private boolean addOrMakeRoom(Lease lease, Room room, Runnable recorded) {
		try {
			this.pool.add(lease, room, recorded);
			succeeded();
			return true;
		}
		catch (SandboxLimitExceededException ex) {
			logger.debug("Pool of {} waits for a free slot", this.pool.type());
			this.full = true;
			return this.pool.removeOneStale();
		}
	}

	/** All is there, or one more is: what failed before is over. */
	private void succeeded() {
		this.backoff.succeeded();
		this.lastFailure = null;
		this.full = false;
	}

	private void failed(RuntimeException failure, long begun) {
		if (this.stopped) {
			logger.debug("Pool of {} is not filled any more", this.pool.type(), failure);
			return;
		}
		this.lastFailure = String.valueOf(failure.getMessage());
		if (isOfState(failure)) {
			stateIsAway(failure);
			return;
		}
		boolean first = this.backoff.failed(begun);
		if (!(failure instanceof SandboxException)) {
			logger.error("Pool of {} could not be filled", this.pool.type(), failure);
			return;
		}
		logger.atLevel(first ? Level.WARN : Level.DEBUG)
			.log("Pool of {} could not be filled ({} rounds in a row): {}", this.pool.type(), this.backoff.rounds(),
					failure.getMessage());
	}

	/** Says nothing about the engine, and no pause is to be over when it comes back. */
	private static boolean isOfState(Throwable failure) {
		Throwable cause = failure.getCause();
		return failure instanceof StateUnavailableException || (cause != null && isOfState(cause));
	}

	private void stateIsAway(RuntimeException failure) {
		if (!this.stateAway) {
			logger.warn("Pool of {} is not filled until the state is back: {}", this.pool.type(), failure.getMessage());
		}
		this.stateAway = true;
	}

	private void stateAnswers() {
		if (this.stateAway) {
			this.stateAway = false;
			this.lastFailure = null;
		}
	}

	private void execute(Runnable work) {
		try {
			this.executor.execute(work);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The pool of {} is not filled any more: the server stops", this.pool.type());
		}
	}

}
