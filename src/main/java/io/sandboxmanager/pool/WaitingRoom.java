package io.sandboxmanager.pool;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.NoWarmSandboxException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.store.Turn;
import io.sandboxmanager.store.Waiter;

/**
 * The callers on this server who wait for a member of one pool. The store has the queue,
 * which is one for all servers; here a change of the pool wakes the first, and whoever
 * leaves wakes the next, so that a long queue costs no more than a short one.
 */
class WaitingRoom {

	private static final Logger logger = LoggerFactory.getLogger(WaitingRoom.class);

	/** How long a place in the queue outlasts a server that has died. */
	private static final Duration PRESENCE = Duration.ofSeconds(6);

	/** Pause between two looks without a signal; each keeps the place in the queue. */
	private static final Duration LOOK = Duration.ofSeconds(2);

	private final WarmPool pool;

	private final Supplier<String> reason;

	private final PoolProperties properties;

	private final Clock clock;

	/** What wakes each caller, by his number in the queue. */
	private final NavigableMap<Long, Semaphore> bells = new ConcurrentSkipListMap<>();

	/**
	 * Creates an empty room.
	 * @param reason why the pool has no member now
	 */
	WaitingRoom(WarmPool pool, Supplier<String> reason, PoolProperties properties, Clock clock) {
		this.pool = pool;
		this.reason = reason;
		this.properties = properties;
		this.clock = clock;
	}

	/**
	 * Waits for a member, after all who came before.
	 * @param hasLeft whether the caller waits no longer: his place is the next one's then
	 * @throws NoWarmSandboxException when none came in time, too many wait, or the caller
	 * has left
	 */
	Sandbox await(Claim claim, BooleanSupplier hasLeft) {
		Waiter waiter = new Waiter(SandboxId.random().value(), this.properties.maxWaiting(), PRESENCE);
		Turn turn = this.pool.claimInTurn(claim, waiter);
		this.pool.tally().count(turn.sandbox().isPresent());
		if (turn.isRefused()) {
			throw new NoWarmSandboxException(this.pool.type(),
					"is left for one more: " + turn.waiting() + " callers wait, as many as POOL_MAX_WAITING allows",
					this.reason.get());
		}
		return turn.sandbox().orElseGet(() -> await(claim, hasLeft, waiter, turn));
	}

	/** Lets the first look whether there is something for him. */
	void callFirst() {
		Optional.ofNullable(this.bells.firstEntry()).ifPresent((first) -> first.getValue().release());
	}

	private Sandbox await(Claim claim, BooleanSupplier hasLeft, Waiter waiter, Turn first) {
		// what has come since the first look rang for nobody
		Semaphore bell = new Semaphore(1);
		this.bells.put(first.number(), bell);
		Sandbox sandbox = null;
		try {
			sandbox = await(claim, hasLeft, waiter, first, bell);
			return sandbox;
		}
		finally {
			this.bells.remove(first.number());
			leave(waiter, sandbox);
			// there may be a second member, or the bell rang for one who left
			callFirst();
		}
	}

	private Sandbox await(Claim claim, BooleanSupplier hasLeft, Waiter waiter, Turn first, Semaphore bell) {
		Instant end = claim.now().plus(this.properties.waitTimeout());
		Turn turn = first;
		while (turn.sandbox().isEmpty()) {
			Duration left = Duration.between(this.clock.instant(), end);
			if (left.isNegative() || left.isZero() || !listen(bell, left)) {
				throw new NoWarmSandboxException(this.pool.type(),
						"came within " + this.properties.waitTimeout().toSeconds() + " s, at place " + turn.place()
								+ " of " + turn.waiting() + " in the queue",
						this.reason.get());
			}
			if (hasLeft.getAsBoolean()) {
				throw new NoWarmSandboxException(this.pool.type(), "is wanted any more", "the caller has left");
			}
			turn = this.pool.claimInTurn(claim.at(this.clock.instant()), waiter);
		}
		return turn.sandbox().get();
	}

	/** Returns whether to look again. */
	private static boolean listen(Semaphore bell, Duration left) {
		try {
			if (bell.tryAcquire(Math.min(left.toNanos(), LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
				bell.drainPermits();
			}
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	/** Who was served has left the queue by that. */
	private void leave(Waiter waiter, @Nullable Sandbox served) {
		if (served != null) {
			return;
		}
		try {
			this.pool.leaveQueue(waiter);
		}
		catch (SandboxException ex) {
			logger.warn("A caller who waits no longer keeps his place for {}: {}", PRESENCE, ex.getMessage());
		}
	}

}
