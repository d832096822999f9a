package io.sandboxmanager.sandbox;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * How many bytes of what callers and sandboxes send may be in memory at once. Whoever
 * reads something long opens a {@link Share} and lets it grow piece by piece.
 * <p>
 * A part of the budget as large as the largest share is a reserve that one share at a
 * time draws on. So there is always one that can be read to its end, though many are half
 * read and wait for each other.
 */
public final class ByteBudget {

	/** So much of every share costs nothing: the common case is not to wait. */
	public static final int FREE = 64 * 1024;

	private final String what;

	private final long common;

	private final long reserve;

	private final Duration patience;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private long commonHeld;

	private long reserveHeld;

	private @Nullable Share drawsOnReserve;

	/**
	 * Makes a budget.
	 * @param what what is read, for the message when there is no room: "large answers"
	 * @param total the bytes of all shares together
	 * @param largest the bytes of one share, at most the total
	 * @param patience how long a share waits to grow
	 */
	public ByteBudget(String what, long total, long largest, Duration patience) {
		this.what = what;
		this.reserve = Math.min(largest, total);
		this.common = total - this.reserve;
		this.patience = patience;
	}

	/** How large one share may become. */
	public long largest() {
		return this.reserve;
	}

	/** What all shares hold now, without what is free. */
	public long held() {
		this.lock.lock();
		try {
			return this.commonHeld + this.reserveHeld;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** A share that holds nothing yet. */
	public Share open() {
		return new Share();
	}

	private ServerBusyException busy(@Nullable Throwable cause) {
		return new ServerBusyException("the server is busy with " + this.what + ": no memory for more within "
				+ this.patience.toMillis() / 1000.0 + "s (in use " + (this.commonHeld + this.reserveHeld) + " of "
				+ (this.common + this.reserve) + " bytes)", cause);
	}

	/** What one reader holds until it closes it. For one thread at a time. */
	public final class Share implements AutoCloseable {

		private long asked;

		private long fromCommon;

		private long fromReserve;

		private Share() {
		}

		/**
		 * Takes so many bytes more, as soon as they are there.
		 * @throws ServerBusyException when they are not in time; what is held stays held
		 */
		public void grow(long bytes) {
			long cost = Math.max(0, this.asked + bytes - FREE) - Math.max(0, this.asked - FREE);
			if (cost > 0) {
				take(cost);
			}
			this.asked += bytes;
		}

		private void take(long bytes) {
			ByteBudget.this.lock.lock();
			try {
				long left = ByteBudget.this.patience.toNanos();
				while (!tryTake(bytes)) {
					if (left <= 0) {
						throw busy(null);
					}
					left = ByteBudget.this.changed.awaitNanos(left);
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw busy(ex);
			}
			finally {
				ByteBudget.this.lock.unlock();
			}
		}

		private boolean tryTake(long bytes) {
			if (ByteBudget.this.drawsOnReserve == null) {
				moveToReserve();
			}
			if (ByteBudget.this.drawsOnReserve == this && this.fromReserve + bytes <= ByteBudget.this.reserve) {
				ByteBudget.this.reserveHeld += bytes;
				this.fromReserve += bytes;
				return true;
			}
			if (ByteBudget.this.commonHeld + bytes <= ByteBudget.this.common) {
				ByteBudget.this.commonHeld += bytes;
				this.fromCommon += bytes;
				return true;
			}
			return false;
		}

		/** What it holds already leaves room for others. */
		private void moveToReserve() {
			ByteBudget.this.drawsOnReserve = this;
			ByteBudget.this.commonHeld -= this.fromCommon;
			ByteBudget.this.reserveHeld += this.fromCommon;
			this.fromReserve = this.fromCommon;
			this.fromCommon = 0;
			ByteBudget.this.changed.signalAll();
		}

		/** Gives everything back; does nothing the second time. */
		@Override
		public void close() {
			ByteBudget.this.lock.lock();
			try {
				ByteBudget.this.commonHeld -= this.fromCommon;
				ByteBudget.this.reserveHeld -= this.fromReserve;
				this.fromCommon = 0;
				this.fromReserve = 0;
				if (ByteBudget.this.drawsOnReserve == this) {
					ByteBudget.this.drawsOnReserve = null;
				}
				ByteBudget.this.changed.signalAll();
			}
			finally {
				ByteBudget.this.lock.unlock();
			}
		}

	}

}
