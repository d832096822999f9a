package io.sandboxmanager.store;

import java.time.Instant;
import java.util.Optional;

/**
 * On which conditions a record may be added.
 *
 * @param limits of slots, if the record's state takes one
 * @param lease which the server that adds it must have
 * @param eviction how warm members make room for it; they do not if empty
 */
public record Admission(SlotLimits limits, Optional<Lease> lease, Optional<Eviction> eviction) {

	/** If there is a free slot. */
	public static Admission within(SlotLimits limits) {
		return new Admission(limits, Optional.empty(), Optional.empty());
	}

	/** And while a lease is held. */
	public Admission under(Lease lease) {
		return new Admission(this.limits, Optional.of(lease), this.eviction);
	}

	/**
	 * If need be in the slots of warm members.
	 * @param retryAt deadline of their removal
	 */
	public Admission evicting(Instant now, Instant retryAt) {
		return new Admission(this.limits, this.lease, Optional.of(new Eviction(now, retryAt)));
	}

	/**
	 * When members that make room are taken out of their pools.
	 *
	 * @param retryAt deadline of their removal
	 */
	public record Eviction(Instant now, Instant retryAt) {
	}

}
