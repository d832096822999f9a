package io.sandboxmanager.store.memory;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Incarnation;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.PoolCount;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.Signals;

/**
 * The state of a single server, gone when it ends. One lock makes each operation atomic;
 * it is held for a few map accesses and never across I/O.
 */
public final class MemorySandboxStore implements SandboxStore {

	private final ReentrantLock lock = new ReentrantLock();

	private final SandboxIndex index = new SandboxIndex();

	private final Leases leases = new Leases();

	private final Servers servers = new Servers();

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
	public void insert(Sandbox sandbox, int limit) {
		locked(() -> add(sandbox, limit));
	}

	@Override
	public void insertUnder(Lease lease, Sandbox sandbox, int limit) {
		locked(() -> {
			if (!this.leases.isHeld(lease, this.clock.instant())) {
				throw new LeaseLostException(lease);
			}
			return add(sandbox, limit);
		});
	}

	@Override
	public List<Sandbox> insertEvicting(Sandbox sandbox, int limit, Instant now, Instant retryAt) {
		return locked(() -> {
			requireNew(sandbox);
			int missing = missingSlots(sandbox, limit);
			List<Sandbox> oldest = this.index.oldestWarm(missing);
			if (oldest.size() < missing) {
				throw full(sandbox, limit);
			}
			List<Sandbox> evicted = oldest.stream()
				.map((member) -> this.index.put(member.releasing(now, retryAt).atVersion(member.version() + 1)))
				.toList();
			this.index.put(sandbox);
			return evicted;
		});
	}

	private Sandbox add(Sandbox sandbox, int limit) {
		requireNew(sandbox);
		if (missingSlots(sandbox, limit) > 0) {
			throw full(sandbox, limit);
		}
		return this.index.put(sandbox);
	}

	private void requireNew(Sandbox sandbox) {
		if (this.index.find(sandbox.id()) != null) {
			throw new StaleSandboxException(sandbox.id(), sandbox.version());
		}
	}

	private int missingSlots(Sandbox sandbox, int limit) {
		return (limit > 0 && sandbox.state().isOccupying()) ? Math.max(0, this.index.occupied() + 1 - limit) : 0;
	}

	private SandboxLimitExceededException full(Sandbox sandbox, int limit) {
		return new SandboxLimitExceededException(sandbox.kind().type(), this.index.occupied(), limit);
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
		return locked(() -> {
			Sandbox kept = this.index.find(changed.id());
			if (kept == null || kept.version() != changed.version() || isInUse(kept, changed)) {
				throw new StaleSandboxException(changed.id(), changed.version());
			}
			return this.index.put(changed.withUseOf(kept).atVersion(kept.version() + 1));
		});
	}

	private static boolean isInUse(Sandbox kept, Sandbox changed) {
		return changed.state() == SandboxState.RECYCLED && kept.state().isHandedOut() && changed.isUsedSince(kept);
	}

	@Override
	public void delete(SandboxId id) {
		locked(() -> {
			this.index.remove(id);
			return null;
		});
	}

	@Override
	public Optional<Sandbox> claimWarm(String type, String templateHash, Claim claim) {
		Optional<Sandbox> claimed = locked(() -> this.index.warm(type)
			.stream()
			.filter((member) -> member.kind().templateHash().equals(templateHash))
			.findFirst()
			.map((member) -> this.index.put(member.claimed(claim).atVersion(member.version() + 1))));
		if (claimed.isEmpty()) {
			signal(POOLS_CHANGED);
		}
		return claimed;
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
			int current = (int) warm.stream()
				.filter((member) -> member.kind().templateHash().equals(templateHash))
				.count();
			return new PoolCount(current, this.index.starting(type), warm.size() - current);
		});
	}

	@Override
	public List<Sandbox> warm(String type) {
		return locked(() -> this.index.warm(type));
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
			this.leases.giveUp(lease);
			return null;
		});
	}

	@Override
	public void register(String server, String engineId, Duration ttl) {
		locked(() -> {
			Instant now = this.clock.instant();
			this.servers.register(server, engineId, now.plus(ttl), now);
			return null;
		});
	}

	@Override
	public boolean deregister(String server) {
		return locked(() -> this.servers.deregister(server, this.clock.instant()));
	}

	@Override
	public Incarnation incarnation() {
		return new Incarnation(this.managerId, false);
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
