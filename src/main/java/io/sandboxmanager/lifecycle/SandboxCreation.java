package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Room;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.NoWarmSandboxException;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.ProvisioningException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.store.SandboxStore;

/**
 * Hands out sandboxes: from the warm pool when one fits, else made for the caller. At the
 * instance limit a caller goes before the pools: it takes the member that is coming, or
 * the slot of one that it cannot use.
 */
public final class SandboxCreation {

	private static final Duration MAX_WAIT = Duration.ofSeconds(30);

	private final SandboxStore store;

	private final WarmPools pools;

	private final Provisioner provisioner;

	private final UnheardSandboxes unheard;

	private final LifecycleProperties properties;

	private final IdleTimes idle;

	private final Clock clock;

	public SandboxCreation(SandboxStore store, WarmPools pools, Provisioner provisioner, UnheardSandboxes unheard,
			LifecycleProperties properties, IdleTimes idle, Clock clock) {
		this.store = store;
		this.pools = pools;
		this.provisioner = provisioner;
		this.unheard = unheard;
		this.properties = properties;
		this.idle = idle;
		this.clock = clock;
	}

	/**
	 * Hands out a warm sandbox if there is one that fits, else makes one, unless callers
	 * are to wait for a warm one or to do without.
	 * @throws SandboxLimitExceededException when all slots are handed out
	 * @throws NoWarmSandboxException when there is no warm one for a caller who gets
	 * nothing else
	 * @throws InvalidSandboxRequestException when the request would lift a rule of the
	 * type
	 */
	public Sandbox acquire(SandboxTemplate template, Owner owner, SandboxRequest request) {
		return acquire(template, owner, request, () -> false);
	}

	/**
	 * Hands out a sandbox as {@link #acquire} does, to a caller who may leave while he
	 * waits.
	 * @param hasLeft whether he has; asked by the thread that calls this
	 */
	public Sandbox acquire(SandboxTemplate template, Owner owner, SandboxRequest request, BooleanSupplier hasLeft) {
		UrlLists.requireKept(template, request.environment());
		Claim claim = claim(template.type(), owner, request);
		Optional<Sandbox> taken = request.fitsAnyMember() ? this.pools.take(template.type(), claim, hasLeft)
				: Optional.empty();
		return taken.orElseGet(() -> makeWithinLimit(template, claim));
	}

	/**
	 * Makes a sandbox for the caller alone.
	 * @throws SandboxLimitExceededException when all slots are handed out
	 * @throws InvalidSandboxRequestException when the request would lift a rule of the
	 * type
	 */
	public Sandbox create(SandboxTemplate template, Owner owner, SandboxRequest request) {
		UrlLists.requireKept(template, request.environment());
		return makeWithinLimit(template, claim(template.type(), owner, request));
	}

	/** How long making a sandbox may take at most. */
	Duration longest() {
		return this.provisioner.longest().plus(MAX_WAIT);
	}

	Claim claim(String type, Owner owner, SandboxRequest request) {
		return new Claim(owner, request, this.clock.instant(), this.idle.of(type), this.properties.maxLifetime());
	}

	private Optional<Sandbox> claimWarm(SandboxTemplate template, Claim claim) {
		return claim.request().fitsAnyMember() ? this.pools.claim(template.type(), claim) : Optional.empty();
	}

	private Sandbox makeWithinLimit(SandboxTemplate template, Claim claim) {
		Optional<String> pooledType = Optional.of(template.type()).filter((type) -> claim.request().fitsAnyMember());
		return withinLimit(pooledType, () -> claimWarm(template, claim.at(this.clock.instant())),
				(room) -> provision(template, claim, room));
	}

	/** One that is ready while its maker was told that it is not has no owner. */
	private Sandbox provision(SandboxTemplate template, Claim claim, Room room) {
		try {
			return this.provisioner.provision(template, claim, room);
		}
		catch (ProvisioningException ex) {
			if (!ex.isUndone()) {
				this.unheard.takeBack(ex.getSandbox());
			}
			throw ex;
		}
	}

	/**
	 * Makes a sandbox that no pool can give, at the limit in the slot of a warm one.
	 * @throws SandboxLimitExceededException when all slots are handed out
	 */
	Sandbox makeWithinLimit(Function<Room, Sandbox> maker) {
		return withinLimit(Optional.empty(), Optional::empty, maker);
	}

	/**
	 * Makes a sandbox, if need be after waiting for a slot.
	 * @param pooledType the type whose members would do as well, if any
	 */
	private Sandbox withinLimit(Optional<String> pooledType, Supplier<Optional<Sandbox>> pool,
			Function<Room, Sandbox> maker) {
		try {
			return maker.apply(Room.FREE);
		}
		catch (SandboxLimitExceededException full) {
			return afterWaiting(pooledType, pool, maker);
		}
	}

	/** Tries to make a sandbox until there is a slot for it or no hope of one. */
	private Sandbox afterWaiting(Optional<String> pooledType, Supplier<Optional<Sandbox>> pool,
			Function<Room, Sandbox> maker) {
		Instant giveUpAt = this.clock.instant().plus(MAX_WAIT);
		try (ChangeWatch slots = new ChangeWatch(this.store, SandboxStore.POOLS_CHANGED)) {
			while (true) {
				// asked first: what is warm since then is found below
				boolean hope = this.pools.isAnyStarting();
				Optional<Sandbox> claimed = pool.get();
				if (claimed.isPresent()) {
					return claimed.get();
				}
				try {
					return maker.apply(room(pooledType));
				}
				catch (SandboxLimitExceededException full) {
					boolean more = hope || this.pools.isAnyStarting();
					if (!more || this.clock.instant().isAfter(giveUpAt)) {
						throw full;
					}
					slots.awaitChange("a free slot");
				}
			}
		}
	}

	/** A warm sandbox has to go, unless one that would do is on its way. */
	private Room room(Optional<String> pooledType) {
		return pooledType.filter(this.pools::isStarting).isPresent() ? Room.FREE : Room.FREE_OR_WARM;
	}

}
