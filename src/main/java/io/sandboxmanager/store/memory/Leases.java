package io.sandboxmanager.store.memory;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import io.sandboxmanager.store.Lease;

/** Who holds what. Not safe for several threads. */
class Leases {

	private final Map<String, Lease> held = new HashMap<>();

	private long tokens;

	Optional<Lease> take(String name, String holder, Duration ttl, Instant now) {
		Lease current = this.held.get(name);
		if (current == null || !current.until().isAfter(now)) {
			return Optional.of(keep(new Lease(name, holder, ++this.tokens, now.plus(ttl))));
		}
		if (!current.holder().equals(holder)) {
			return Optional.empty();
		}
		return Optional.of(keep(new Lease(name, holder, current.token(), now.plus(ttl))));
	}

	boolean isHeld(Lease lease, Instant now) {
		Lease current = this.held.get(lease.name());
		return current != null && current.token() == lease.token() && current.until().isAfter(now);
	}

	/** Returns whether it was there to be given up. */
	boolean giveUp(Lease lease) {
		Lease current = this.held.get(lease.name());
		return current != null && current.token() == lease.token() && this.held.remove(lease.name(), current);
	}

	/** Ends a lease, whoever has it. */
	void end(String name) {
		this.held.remove(name);
	}

	private Lease keep(Lease lease) {
		this.held.put(lease.name(), lease);
		return lease;
	}

}
