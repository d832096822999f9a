package io.sandboxmanager.pool;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.NoWarmSandboxException;
import io.sandboxmanager.sandbox.PoolStatus;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.store.PoolCount;
import io.sandboxmanager.store.SandboxStore;

/** The warm pools of all types that have one. */
public final class WarmPools implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(WarmPools.class);

	/** Else who never comes back would keep others from having members at all. */
	private static final Duration KEPT_FOR_OWNER = Duration.ofMinutes(10);

	private final Map<String, Member> pools = new LinkedHashMap<>();

	private final SandboxStore store;

	private final Remover remover;

	private final String server;

	private final List<SandboxStore.Subscription> signals;

	private final OnMiss onMiss;

	private final Clock clock;

	private final LongSupplier ticker;

	private volatile boolean stopped;

	/**
	 * Creates the pools. Nothing is made before {@link #wake}.
	 * @param templates of the types that have a pool
	 * @param server who fills them, of all servers on the store
	 * @param executor makes members
	 * @param ticker nanoseconds of a clock that nobody sets
	 */
	public WarmPools(Collection<SandboxTemplate> templates, SandboxStore store, Provisioner provisioner,
			Remover remover, String server, Executor executor, PoolProperties properties, Clock clock,
			LongSupplier ticker) {
		this.store = store;
		this.remover = remover;
		this.server = server;
		this.onMiss = properties.onMiss();
		this.clock = clock;
		this.ticker = ticker;
		for (SandboxTemplate template : templates) {
			WarmPool pool = new WarmPool(template, store, provisioner, remover);
			PoolFiller filler = new PoolFiller(pool, new FillLease(store, pool.type(), server), executor,
					properties.concurrency(), ticker);
			this.pools.put(template.type(),
					new Member(pool, filler, new WaitingRoom(pool, filler::reason, properties, clock)));
		}
		this.signals = List.of(store.onSignal(SandboxStore.POOLS_CHANGED, this::changed),
				store.onSignal(SandboxStore.MEMBER_WANTED, this::wake));
	}

	private void changed() {
		this.pools.values().forEach((member) -> member.waiting().callFirst());
		wake();
	}

	/**
	 * Hands out a member to a caller whom one would do.
	 * @param hasLeft whether he waits no longer; asked by the thread that calls this
	 * @return nothing when he is to get a sandbox of his own: the type has no pool, or
	 * the pool has no member and callers do not wait
	 * @throws NoWarmSandboxException when they do, and none came in time, or when a miss
	 * is a failure
	 */
	public Optional<Sandbox> take(String type, Claim claim, BooleanSupplier hasLeft) {
		Member member = this.pools.get(type);
		if (member == null) {
			return Optional.empty();
		}
		return switch (this.onMiss) {
			case CREATE -> member.counted(claim);
			case WAIT -> Optional.of(member.await(claim, hasLeft));
			case FAIL -> Optional.of(member.counted(claim)
				.orElseThrow(() -> new NoWarmSandboxException(type, "is there", member.filler().reason())));
		};
	}

	/**
	 * Hands out a member, or nothing when the type has no pool or the pool is empty. Who
	 * looks again and again is counted where he came from, see {@link #take}.
	 */
	public Optional<Sandbox> claim(String type, Claim claim) {
		return Optional.ofNullable(this.pools.get(type)).flatMap((member) -> member.claim(claim));
	}

	/** Whether members of a type are on their way. */
	public boolean isStarting(String type) {
		Member member = this.pools.get(type);
		return member != null && member.pool().count().starting() > 0;
	}

	/** Whether members of any type are on their way. */
	public boolean isAnyStarting() {
		return this.pools.keySet().stream().anyMatch(this::isStarting);
	}

	/**
	 * Lets every pool look at its demand soon, or keep the right to be filled here. To be
	 * called every second.
	 */
	public void lookOrKeep() {
		this.pools.values().forEach((member) -> member.filler().lookOrKeep());
	}

	/** Lets every pool look at its demand soon. */
	public void wake() {
		this.pools.values().forEach((member) -> member.filler().wake());
	}

	/**
	 * Asks every member of the pools that this server fills and gives up those that do
	 * not answer twice, or whose connection is refused; others take their place.
	 * @param probe asks once, and throws when there is no answer
	 * @param executor helps to ask
	 * @param limit how long to go on; the rest is for the next time
	 */
	public void verify(Consumer<Sandbox> probe, Executor executor, Duration limit) {
		long begun = this.ticker.getAsLong();
		Verification pass = new Verification(probe, () -> this.ticker.getAsLong() - begun >= limit.toNanos());
		for (Member member : this.pools.values()) {
			if (!member.filler().isInCharge()) {
				continue;
			}
			this.store.warm(member.pool().type()).forEach((warm) -> verify(warm, member.pool(), pass));
		}
		pass.run(executor);
	}

	private void verify(Sandbox member, WarmPool pool, Verification pass) {
		if (member.reuse() != null
				&& member.timeline().createdAt().plus(KEPT_FOR_OWNER).isBefore(this.clock.instant())) {
			pool.remove(member, "its owner has not come back for it within " + KEPT_FOR_OWNER.toMinutes() + " minutes");
		}
		else {
			pass.plan(member, (sick) -> pool.remove(sick, "it does not answer any more"));
		}
	}

	/**
	 * Gives up the members of types that have no pool any more, neither here nor on
	 * another server: whoever fills a pool has the right to it.
	 */
	public void removeUnwanted() {
		this.store.warm()
			.stream()
			.filter((warm) -> !this.pools.containsKey(warm.kind().type()))
			.collect(Collectors.groupingBy((warm) -> warm.kind().type()))
			.forEach(this::removeUnwanted);
	}

	private void removeUnwanted(String type, List<Sandbox> members) {
		FillLease lease = new FillLease(this.store, type, this.server);
		if (lease.take().isPresent()) {
			members.forEach((member) -> WarmPool.remove(this.remover, member, "no server has a pool of them any more"));
			lease.leave();
		}
	}

	/** Gives up a member whose container has ended. */
	public void removeDead(Sandbox dead) {
		Optional.ofNullable(this.pools.get(dead.kind().type()))
			.ifPresent((member) -> member.pool().remove(dead, "its container has ended"));
	}

	/** How the pools stand. */
	public List<PoolStatus> status() {
		return this.pools.values().stream().map(WarmPools::status).toList();
	}

	/** How the pool of a type stands, if it has one. */
	public Optional<PoolStatus> status(String type) {
		return Optional.ofNullable(this.pools.get(type)).map(WarmPools::status);
	}

	private static PoolStatus status(Member member) {
		PoolCount count = member.pool().count();
		PoolBounds bounds = member.pool().bounds(count);
		ClaimTally tally = member.pool().tally();
		return new PoolStatus(member.pool().type(), bounds.min(), bounds.max(), count.warm(), count.used(),
				count.starting(), count.stale(), count.waiting(), tally.hits(), tally.misses(),
				member.filler().lastFailure());
	}

	/**
	 * Sets how many members the pool of a type has, on all servers and at once.
	 * @param bounds empty to leave it to the settings again
	 * @return whether the type has a pool
	 */
	public boolean resize(String type, Optional<PoolBounds> bounds) {
		Optional<Member> member = Optional.ofNullable(this.pools.get(type));
		member.ifPresent((found) -> found.pool().resize(bounds));
		return member.isPresent();
	}

	/**
	 * The most members that a released sandbox may be one of, if its type reuses
	 * sandboxes and this one is as a new one would be; else nothing.
	 */
	public OptionalInt roomFor(Sandbox released) {
		Member member = this.pools.get(released.kind().type());
		if (this.stopped || member == null || !member.pool().isCurrent(released)
				|| released.turns() >= member.pool().template().maxUses()) {
			return OptionalInt.empty();
		}
		return OptionalInt.of(member.pool().bounds(member.pool().count()).max());
	}

	/** Makes no further members; other servers are told at once that they may. */
	public void stop() {
		this.stopped = true;
		this.signals.forEach(SandboxStore.Subscription::close);
		this.pools.values().forEach((member) -> member.filler().stop());
		try {
			this.store.signal(SandboxStore.MEMBER_WANTED);
		}
		catch (SandboxException ex) {
			logger.debug("Other servers will look at the pools by themselves: {}", ex.getMessage());
		}
	}

	@Override
	public void close() {
		stop();
	}

	private record Member(WarmPool pool, PoolFiller filler, WaitingRoom waiting) {

		Optional<Sandbox> claim(Claim claim) {
			Optional<Sandbox> claimed = this.pool.claim(claim);
			claimed.ifPresent((taken) -> this.filler.memberTaken());
			return claimed;
		}

		Optional<Sandbox> counted(Claim claim) {
			Optional<Sandbox> claimed = claim(claim);
			this.pool.tally().count(claimed.isPresent());
			return claimed;
		}

		Sandbox await(Claim claim, BooleanSupplier hasLeft) {
			Sandbox claimed = this.waiting.await(claim, hasLeft);
			this.filler.memberTaken();
			return claimed;
		}

	}

}
