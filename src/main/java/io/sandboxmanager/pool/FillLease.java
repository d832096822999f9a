package io.sandboxmanager.pool;

import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;

/** The right to fill one pool, which one server has at a time. */
class FillLease {

	/** So long nobody fills the pool of a server that has died. */
	static final Duration TIME = Duration.ofSeconds(3);

	private final SandboxStore store;

	private final String name;

	private final String server;

	private volatile @Nullable Lease held;

	private volatile boolean left;

	FillLease(SandboxStore store, String type, String server) {
		this.store = store;
		this.name = "fill:" + type;
		this.server = server;
	}

	/** Takes or renews it; nothing when another server has it, or this one has left. */
	Optional<Lease> take() {
		if (this.left) {
			return Optional.empty();
		}
		Optional<Lease> taken = this.store.lease(this.name, this.server, TIME);
		this.held = taken.orElse(null);
		if (this.left && taken.isPresent()) { // meanwhile: who left did not know of this
			this.store.giveUp(taken.get());
			this.store.signal(SandboxStore.MEMBER_WANTED);
			return Optional.empty();
		}
		return taken;
	}

	/**
	 * Renews it if this server has it. Who makes as many members as may be made at the
	 * same time does not look meanwhile, and others are not to make more beside them.
	 */
	void keep() {
		if (isHeld()) {
			take();
		}
	}

	/** Whether this server had it when it was last asked for. */
	boolean isHeld() {
		return this.held != null;
	}

	/** Tells the server that has it that a member was taken here. */
	void tellHolder() {
		this.store.signal(SandboxStore.MEMBER_WANTED);
	}

	/** Leaves it to other servers for good, also while it is just being taken. */
	void leave() {
		this.left = true;
		Lease lease = this.held;
		if (lease != null) {
			this.store.giveUp(lease);
		}
	}

}
