package io.sandboxmanager.pool;

import java.time.Clock;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.store.SandboxStore;

/** The warm pools of all types that have one. */
public final class WarmPools implements AutoCloseable {

	private final Map<String, Member> pools = new LinkedHashMap<>();

	private final SandboxStore store;

	private final SandboxStore.Subscription changes;

	/**
	 * Creates the pools. Nothing is made before {@link #wake}.
	 * @param templates of the types that have a pool
	 * @param server who fills them, of all servers on the store
	 * @param executor makes members
	 * @param concurrency how many members of one pool are made at the same time
	 */
	public WarmPools(Collection<SandboxTemplate> templates, SandboxStore store, Provisioner provisioner,
			Remover remover, String server, Executor executor, int concurrency, Clock clock) {
		this.store = store;
		for (SandboxTemplate template : templates) {
			WarmPool pool = new WarmPool(template, store, provisioner, remover);
			this.pools.put(template.type(),
					new Member(pool, new PoolFiller(pool, store, server, executor, concurrency, clock)));
		}
		this.changes = store.onSignal(SandboxStore.POOLS_CHANGED, this::wake);
	}

	/** Hands out a member, or nothing when the type has no pool or the pool is empty. */
	public Optional<Sandbox> claim(String type, Claim claim) {
		return Optional.ofNullable(this.pools.get(type)).flatMap((member) -> member.pool().claim(claim));
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

	/** Lets every pool look at its demand soon. */
	public void wake() {
		this.pools.values().forEach((member) -> member.filler().wake());
	}

	/**
	 * Asks every member and gives up those that do not answer; others take their place.
	 */
	public void verify(Predicate<Sandbox> healthy) {
		for (Member member : this.pools.values()) {
			this.store.warm(member.pool().type())
				.stream()
				.filter(healthy.negate())
				.forEach((sick) -> member.pool().remove(sick, "it does not answer any more"));
		}
	}

	/** Gives up all members; others take their place. */
	public void replaceAll(String reason) {
		for (Member member : this.pools.values()) {
			this.store.warm(member.pool().type()).forEach((warm) -> member.pool().remove(warm, reason));
		}
	}

	/** Gives up a member whose container has ended. */
	public void removeDead(Sandbox dead) {
		Optional.ofNullable(this.pools.get(dead.kind().type()))
			.ifPresent((member) -> member.pool().remove(dead, "its container has ended"));
	}

	/** How the pools stand. */
	public List<PoolStatus> status() {
		return this.pools.values()
			.stream()
			.map((member) -> new PoolStatus(member.pool().type(), member.pool().count(), member.filler().lastFailure()))
			.toList();
	}

	/** Makes no further members. */
	public void stop() {
		this.changes.close();
		this.pools.values().forEach((member) -> member.filler().stop());
	}

	@Override
	public void close() {
		stop();
	}

	private record Member(WarmPool pool, PoolFiller filler) {
	}

}
