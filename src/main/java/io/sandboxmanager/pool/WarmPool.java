package io.sandboxmanager.pool;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.provisioning.PreparedTemplate;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.provisioning.Room;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.PoolCount;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.Turn;
import io.sandboxmanager.store.Waiter;

/**
 * The warm pool of one template. A claim is one step in the store and wakes the filler;
 * nothing else happens on the way.
 */
final class WarmPool {

	private static final Logger logger = LoggerFactory.getLogger(WarmPool.class);

	private static final Comparator<Sandbox> BY_AGE = Comparator
		.comparing((Sandbox member) -> member.timeline().createdAt());

	private final SandboxTemplate template;

	private final SandboxStore store;

	private final Provisioner provisioner;

	private final Remover remover;

	private final ClaimTally tally = new ClaimTally();

	/** Template and image as they are now; unknown until the image was looked at. */
	private volatile @Nullable PreparedTemplate current;

	/** What members were made from before the image changed, while some may be left. */
	private volatile @Nullable String formerHash;

	WarmPool(SandboxTemplate template, SandboxStore store, Provisioner provisioner, Remover remover) {
		this.template = template;
		this.store = store;
		this.provisioner = provisioner;
		this.remover = remover;
	}

	String type() {
		return this.template.type();
	}

	/** Hands out the oldest member, or nothing when there is none. */
	Optional<Sandbox> claim(Claim claim) {
		PreparedTemplate now = this.current;
		if (now == null) {
			return Optional.empty();
		}
		return this.store.claimWarm(type(), now.hash(), claim).or(() -> claimFormer(claim));
	}

	/**
	 * Where the image has changed a moment ago and no new member is there, those of
	 * before serve. When none of them is found there will be none.
	 */
	private Optional<Sandbox> claimFormer(Claim claim) {
		String former = this.formerHash;
		Optional<Sandbox> claimed = (former != null) ? this.store.claimWarm(type(), former, claim) : Optional.empty();
		if (claimed.isEmpty()) {
			this.formerHash = null;
		}
		return claimed;
	}

	/** Hands out a member as {@link #claim} does, or keeps a place in the queue. */
	Turn claimInTurn(Claim claim, Waiter waiter) {
		Turn turn = this.store.claimInTurn(type(), knownHash(), claim, waiter);
		String former = this.formerHash;
		if (former == null || turn.sandbox().isPresent()) {
			return turn;
		}
		Turn served = this.store.claimInTurn(type(), former, claim, waiter);
		if (served.sandbox().isEmpty() && served.place() == 1) {
			this.formerHash = null;
		}
		return served;
	}

	/** How claims have ended. */
	ClaimTally tally() {
		return this.tally;
	}

	void leaveQueue(Waiter waiter) {
		this.store.leaveQueue(type(), waiter);
	}

	/** How it is filled. */
	PoolCount count() {
		return this.store.poolCount(type(), knownHash());
	}

	/** How many members there are to be: as set at run time, else as configured. */
	PoolBounds bounds(PoolCount count) {
		return count.bounds().orElse(this.template.pool());
	}

	/** Sets how many members there are to be, on all servers. */
	void resize(Optional<PoolBounds> bounds) {
		this.store.setPoolBounds(type(), bounds);
	}

	/** Before the image was looked at nothing is known to be of the current template. */
	private String knownHash() {
		PreparedTemplate now = this.current;
		return (now != null) ? now.hash() : "";
	}

	/**
	 * Looks at the image anew. Every server needs to know it for its claims, whoever
	 * fills the pool.
	 */
	void lookAtImage() {
		PreparedTemplate before = this.current;
		PreparedTemplate now = this.provisioner.prepare(this.template);
		if (before != null && !before.hash().equals(now.hash())) {
			this.formerHash = before.hash();
		}
		this.current = now;
	}

	/**
	 * How many members are wanting.
	 * @param unrecorded how many this server is about to make, beside those that count
	 */
	int missing(PoolCount count, int unrecorded) {
		PoolBounds bounds = bounds(count);
		int coming = unrecorded + count.starting();
		int wanted = Math.max(bounds.min(), Math.min(count.waiting(), bounds.max()));
		return Math.min(wanted - count.warm(), bounds.max() - count.warm() - count.used()) - coming;
	}

	/**
	 * Whose slot a new member may take: callers who wait go before the pools of other
	 * types.
	 */
	static Room room(PoolCount count) {
		return (count.warm() == 0 && count.waiting() > count.starting()) ? Room.FREE_OR_WARM : Room.FREE;
	}

	/**
	 * Makes one member, from the image that was looked at last.
	 * @param fill the right to fill the pool
	 * @param room whose slot it may take
	 * @param recorded told when the count has it
	 */
	void add(Lease fill, Room room, Runnable recorded) {
		PreparedTemplate now = this.current;
		Sandbox member = this.provisioner.provisionWarm((now != null) ? now : this.provisioner.prepare(this.template),
				fill, room, recorded);
		logger.debug("Pool of {} has new member {}", type(), member.id());
	}

	/**
	 * Removes the members of another template whose place is taken, as many stay as the
	 * pool still lacks, and those above its bounds.
	 */
	void trim(PoolCount count) {
		removeStale(count, Math.max(0, bounds(count).min() - count.warm()));
		int surplus = count.warm() + count.used() - bounds(count).max() + wantedPlaces(count);
		if (surplus > 0) {
			current().limit(surplus).forEach((member) -> remove(member, "the pool has more than it is to have"));
		}
	}

	/** How many callers wait for whom there is nothing but members of other owners. */
	private static int wantedPlaces(PoolCount count) {
		return (count.warm() + count.starting() == 0) ? Math.min(count.waiting(), count.used()) : 0;
	}

	/**
	 * Makes room for one new member where the limit leaves none.
	 * @return whether there was a member of another template to remove
	 */
	boolean removeOneStale() {
		PoolCount count = count();
		removeStale(count, count.stale() - 1);
		return count.stale() > 0;
	}

	private void removeStale(PoolCount count, int keep) {
		if (count.stale() > keep) {
			this.store.warm(type())
				.stream()
				.filter((member) -> !isCurrent(member))
				.sorted(BY_AGE)
				.limit(count.stale() - Math.max(0, keep))
				.forEach((member) -> remove(member, "its template or image has changed"));
		}
	}

	/** Those that were used before come first. */
	private Stream<Sandbox> current() {
		return this.store.warm(type())
			.stream()
			.filter(this::isCurrent)
			.sorted(Comparator.comparing((Sandbox member) -> member.reuse() == null).thenComparing(BY_AGE));
	}

	/** Whether a sandbox is made from the template and the image as they are now. */
	boolean isCurrent(Sandbox sandbox) {
		return sandbox.kind().templateHash().equals(knownHash());
	}

	SandboxTemplate template() {
		return this.template;
	}

	/** Takes a member out of the pool for good. */
	void remove(Sandbox member, String why) {
		remove(this.remover, member, why);
	}

	/** Takes a member out of a pool that this server may not have. */
	static void remove(Remover remover, Sandbox member, String why) {
		try {
			remover.remove(member);
			logger.info("Pool of {} gives up member {}: {}", member.kind().type(), member.id(), why);
		}
		catch (StaleSandboxException ex) {
			logger.debug("Member {} was claimed or removed meanwhile", member.id());
		}
	}

}
