package io.sandboxmanager.store.memory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.Admission.Eviction;
import io.sandboxmanager.store.ContainerPage;
import io.sandboxmanager.store.Incarnation;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.PoolCount;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SecretKey;
import io.sandboxmanager.store.Signals;
import io.sandboxmanager.store.SlotLimits;
import io.sandboxmanager.store.TicketBook;
import io.sandboxmanager.store.Turn;
import io.sandboxmanager.store.Waiter;

/**
 * The state of a single server, gone when it ends. One lock makes each operation atomic;
 * it is held for a few map accesses and never across I/O.
 */
public final class MemorySandboxStore implements SandboxStore {

	/** The lease of a server that left as the last. */
	private static final String CLEANUP = "cleanup";

	private final ReentrantLock lock = new ReentrantLock();

	private final SandboxIndex index = new SandboxIndex();

	private final Leases leases = new Leases();

	private final Queues queues = new Queues();

	private final Map<String, PoolBounds> bounds = new HashMap<>();

	private final Servers servers = new Servers();

	private final String ticketKey = SecretKey.random();

	/** Until when a revoked ticket is to be known. */
	private final Map<String, Instant> revoked = new HashMap<>();

	private final Signals signals = new Signals();

	private final Clock clock;

	private final String managerId;

	/**
	 * Creates an empty store.
	 * @param managerId what the containers of this server carry
	 */
	public MemorySandboxStore(String managerId, Clock clock) {
		this.managerId = managerId;
		this.clock = clock;
	}

	@Override
	public String managerId() {
		return this.managerId;
	}

	@Override
	public List<Sandbox> insert(Sandbox sandbox, Admission admission) {
		return locked(() -> {
			requireNew(sandbox);
			admission.lease().ifPresent(this::require);
			List<Sandbox> evicted = admission.eviction()
				.map((eviction) -> makeRoom(sandbox, admission.limits(), eviction))
				.orElse(List.of());
			add(sandbox, admission.limits());
			return evicted;
		});
	}

	private void require(Lease lease) {
		if (!this.leases.isHeld(lease, this.clock.instant())) {
			throw new LeaseLostException(lease);
		}
	}

	private List<Sandbox> makeRoom(Sandbox sandbox, SlotLimits limits, Eviction eviction) {
		return evictable(sandbox, limits).stream()
			.map((member) -> this.index
				.put(member.releasing(eviction.now(), eviction.retryAt()).atVersion(member.version() + 1)))
			.toList();
	}

	private void add(Sandbox sandbox, SlotLimits limits) {
		if (lacking(sandbox, limits) > 0 || lackingOfType(sandbox, limits) > 0) {
			throw full(sandbox, limits);
		}
		this.index.put(sandbox);
	}

	private void requireNew(Sandbox sandbox) {
		if (this.index.find(sandbox.id()) != null) {
			throw new StaleSandboxException(sandbox.id(), sandbox.version());
		}
	}

	/** The members that are warm for the longest, of the type itself first if need be. */
	private List<Sandbox> evictable(Sandbox sandbox, SlotLimits limits) {
		int missing = lacking(sandbox, limits);
		int missingOfType = lackingOfType(sandbox, limits);
		Set<Sandbox> evicted = new LinkedHashSet<>();
		this.index.warm(sandbox.kind().type()).stream().limit(missingOfType).forEach(evicted::add);
		boolean enough = evicted.size() == missingOfType;
		this.index.warm().stream().takeWhile((member) -> evicted.size() < missing).forEach(evicted::add);
		if (!enough || evicted.size() < missing) {
			throw full(sandbox, limits);
		}
		return List.copyOf(evicted);
	}

	private int lacking(Sandbox sandbox, SlotLimits limits) {
		return sandbox.state().isOccupying() ? lacking(this.index.occupied(), limits.total()) : 0;
	}

	private int lackingOfType(Sandbox sandbox, SlotLimits limits) {
		return sandbox.state().isOccupying() ? lacking(this.index.occupied(sandbox.kind().type()), limits.ofType()) : 0;
	}

	private static int lacking(int occupied, int limit) {
		return (limit > 0) ? Math.max(0, occupied + 1 - limit) : 0;
	}

	private SandboxLimitExceededException full(Sandbox sandbox, SlotLimits limits) {
		String type = sandbox.kind().type();
		return (lackingOfType(sandbox, limits) > 0)
				? SandboxLimitExceededException.ofType(type, this.index.occupied(type), limits.ofType())
				: SandboxLimitExceededException.ofAll(type, this.index.occupied(), limits.total());
	}

	@Override
	public Optional<Sandbox> find(SandboxId id) {
		return locked(() -> Optional.ofNullable(this.index.find(id)));
	}

	@Override
	public Optional<Sandbox> findByRef(String ref) {
		return locked(() -> this.index.findByRef(ref));
	}

	@Override
	public Sandbox update(Sandbox changed) {
		return locked(() -> change(changed));
	}

	@Override
	public Sandbox updateUnder(Lease lease, Sandbox changed) {
		return locked(() -> {
			require(lease);
			return change(changed);
		});
	}

	private Sandbox change(Sandbox changed) {
		Sandbox kept = this.index.find(changed.id());
		if (kept == null || kept.version() != changed.version() || isInUse(kept, changed)) {
			throw new StaleSandboxException(changed.id(), changed.version());
		}
		return this.index.put(changed.withUseOf(kept).atVersion(kept.version() + 1));
	}

	private static boolean isInUse(Sandbox kept, Sandbox changed) {
		return changed.state() == SandboxState.RECYCLED && kept.state().isHandedOut() && changed.isUsedSince(kept);
	}

	@Override
	public void delete(Sandbox seen) {
		locked(() -> {
			Sandbox kept = this.index.find(seen.id());
			if (kept != null && kept.version() != seen.version()) {
				throw new StaleSandboxException(seen.id(), seen.version());
			}
			this.index.remove(seen.id());
			return null;
		});
	}

	@Override
	public Optional<Sandbox> claimWarm(String type, String templateHash, Claim claim) {
		return claimInTurn(type, templateHash, claim, Waiter.NOBODY).sandbox();
	}

	@Override
	public Turn claimInTurn(String type, String templateHash, Claim claim, Waiter waiter) {
		return locked(() -> {
			Instant now = this.clock.instant();
			int waiting = this.queues.length(type, now);
			List<Sandbox> members = membersFor(claim.owner(), type, templateHash);
			if (members.size() > this.queues.ahead(type, waiter)) {
				this.queues.leave(type, waiter);
				Sandbox member = members.get(0);
				Sandbox claimed = this.index.put(member.claimed(claim).atVersion(member.version() + 1));
				this.index.takePoolChange(); // whoever claims tells of it
				return new Turn(Optional.of(claimed), 0, 0, waiting);
			}
			boolean known = this.queues.hasPlace(type, waiter);
			if (!known) {
				this.signals.raise(MEMBER_WANTED);
			}
			if (!known && waiting >= waiter.capacity()) {
				return new Turn(Optional.empty(), 0, 0, waiting);
			}
			long number = this.queues.keepPlace(type, waiter, now);
			return new Turn(Optional.empty(), this.queues.ahead(type, waiter) + 1, number,
					this.queues.length(type, now));
		});
	}

	/** Those that the owner used before come first. */
	private List<Sandbox> membersFor(Owner owner, String type, String templateHash) {
		List<Sandbox> warm = this.index.warm(type)
			.stream()
			.filter((member) -> member.kind().templateHash().equals(templateHash))
			.toList();
		return Stream
			.concat(warm.stream().filter((member) -> owner.equals(usedBy(member))),
					warm.stream().filter((member) -> usedBy(member) == null))
			.toList();
	}

	private static @Nullable Owner usedBy(Sandbox member) {
		return (member.reuse() != null) ? member.reuse().owner() : null;
	}

	@Override
	public void leaveQueue(String type, Waiter waiter) {
		locked(() -> {
			this.queues.leave(type, waiter);
			return null;
		});
	}

	@Override
	public boolean putBack(Sandbox released, Sandbox member, SlotLimits limits, int most) {
		return locked(() -> {
			Sandbox kept = this.index.find(released.id());
			if (kept == null || kept.version() != released.version()) {
				throw new StaleSandboxException(released.id(), released.version());
			}
			String type = member.kind().type();
			boolean full = this.index.warm(type).size() + this.index.starting(type) >= most;
			if (full || lacking(member, limits) > 0 || lackingOfType(member, limits) > 0) {
				return false;
			}
			this.index.put(released.atVersion(kept.version() + 1));
			this.index.put(member);
			return true;
		});
	}

	@Override
	public void touch(SandboxId id, Instant now, Duration idle) {
		locked(() -> {
			Sandbox used = this.index.find(id);
			String session = (used != null) ? used.session() : null;
			if (session != null) {
				this.index.bySession(session).forEach((sandbox) -> this.index.put(sandbox.touched(now, idle)));
			}
			return null;
		});
	}

	@Override
	public void prolong(SandboxId id, Instant deadline) {
		locked(() -> {
			Sandbox kept = this.index.find(id);
			if (kept != null && isWorkedOn(kept) && kept.isDueBefore(deadline)) {
				this.index.put(kept.due(deadline));
			}
			return null;
		});
	}

	/** Whether somebody may be at it, who asks for more time. */
	private static boolean isWorkedOn(Sandbox kept) {
		return kept.state() == SandboxState.PROVISIONING || kept.state() == SandboxState.RELEASING
				|| kept.isToBeCleared();
	}

	@Override
	public List<Sandbox> bySession(String session) {
		return locked(() -> this.index.bySession(session));
	}

	@Override
	public List<String> sessions() {
		return locked(this.index::sessions);
	}

	@Override
	public List<Sandbox> due(Instant now, int max) {
		return locked(() -> this.index.due(now, max));
	}

	@Override
	public PoolCount poolCount(String type, String templateHash) {
		return locked(() -> {
			List<Sandbox> warm = this.index.warm(type);
			List<Sandbox> current = warm.stream()
				.filter((member) -> member.kind().templateHash().equals(templateHash))
				.toList();
			int used = (int) current.stream().filter((member) -> member.reuse() != null).count();
			return new PoolCount(current.size() - used, this.index.starting(type), warm.size() - current.size(), used,
					Optional.ofNullable(this.bounds.get(type)), this.queues.length(type, this.clock.instant()));
		});
	}

	@Override
	public void setPoolBounds(String type, Optional<PoolBounds> bounds) {
		locked(() -> {
			bounds.ifPresentOrElse((given) -> this.bounds.put(type, given), () -> this.bounds.remove(type));
			return null;
		});
		signal(POOLS_CHANGED);
	}

	@Override
	public List<Sandbox> warm(String type) {
		return locked(() -> this.index.warm(type));
	}

	@Override
	public List<Sandbox> warm() {
		return locked(() -> List.copyOf(this.index.warm()));
	}

	@Override
	public ContainerPage containers(String engineId, Optional<String> begin, int size) {
		return locked(() -> this.index.containers(engineId, begin, size));
	}

	@Override
	public List<Sandbox> page(Optional<SandboxId> after, int size) {
		return locked(() -> this.index.page(after, size));
	}

	@Override
	public Optional<Lease> lease(String name, String holder, Duration ttl) {
		return locked(() -> this.leases.take(name, holder, ttl, this.clock.instant()));
	}

	@Override
	public void giveUp(Lease lease) {
		locked(() -> {
			if (this.leases.giveUp(lease)) {
				this.signals.raise(LEASE_GIVEN_UP);
			}
			return null;
		});
	}

	@Override
	public void register(String server, String engineId, Instant now, Duration ttl) {
		locked(() -> {
			Instant time = this.clock.instant();
			this.servers.register(server, engineId, time.plus(ttl), time);
			this.leases.end(CLEANUP);
			return null;
		});
	}

	@Override
	public Optional<Lease> deregister(String server, Duration cleanup) {
		return locked(() -> {
			Instant now = this.clock.instant();
			return this.servers.deregister(server, now) ? this.leases.take(CLEANUP, server, cleanup, now)
					: Optional.empty();
		});
	}

	@Override
	public Incarnation incarnation() {
		// it is lost only together with its server
		return new Incarnation(this.managerId, Instant.EPOCH);
	}

	@Override
	public TicketBook ticketBook(Collection<String> tickets) {
		return locked(() -> {
			Instant now = this.clock.instant();
			return new TicketBook(this.ticketKey,
					tickets.stream()
						.filter((ticket) -> now.isBefore(this.revoked.getOrDefault(ticket, now)))
						.collect(Collectors.toSet()));
		});
	}

	@Override
	public void revokeTicket(String ticket, Duration keep) {
		locked(() -> {
			Instant now = this.clock.instant();
			this.revoked.values().removeIf((end) -> !now.isBefore(end));
			return this.revoked.put(ticket, now.plus(keep));
		});
		signal(TICKETS_REVOKED);
	}

	@Override
	public void signal(String topic) {
		this.signals.raise(topic);
	}

	@Override
	public Subscription onSignal(String topic, Runnable listener) {
		return this.signals.listen(topic, listener);
	}

	@Override
	public void close() {
		this.signals.close();
	}

	private <T> T locked(Supplier<T> operation) {
		this.lock.lock();
		try {
			return operation.get();
		}
		finally {
			if (this.index.takePoolChange()) {
				this.signals.raise(POOLS_CHANGED);
			}
			this.lock.unlock();
		}
	}

}
