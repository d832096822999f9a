package io.sandboxmanager.pool;

import java.util.Comparator;
import java.util.Optional;

import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.PoolCount;
import io.sandboxmanager.store.SandboxStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The warm pool of one template. A claim is one step in the store and wakes the filler;
 * nothing else happens on the way.
 */
public final class WarmPool {

	private static final Logger logger = LoggerFactory.getLogger(WarmPool.class);

	private final SandboxTemplate template;

	private final SandboxStore store;

	private final Provisioner provisioner;

	private final Remover remover;

	/** Template and image as they are now; unknown until the image was looked at. */
	private volatile @Nullable String currentHash;

	WarmPool(SandboxTemplate template, SandboxStore store, Provisioner provisioner, Remover remover) {
		this.template = template;
		this.store = store;
		this.provisioner = provisioner;
		this.remover = remover;
	}

	public String type() {
		return this.template.type();
	}

	/** Hands out the oldest member, or nothing when there is none. */
	public Optional<Sandbox> claim(Claim claim) {
		String hash = this.currentHash;
		if (hash == null) {
			return Optional.empty();
		}
		return this.store.claimWarm(type(), hash, claim);
	}

	/** How it is filled. */
	public PoolCount count() {
		String hash = this.currentHash;
		return this.store.poolCount(type(), (hash != null) ? hash : "");
	}

	/**
	 * Looks at the image anew. Every server needs to know it for its claims, whoever
	 * fills the pool.
	 */
	void lookAtImage() {
		this.currentHash = this.provisioner.kindOf(this.template).templateHash();
	}

	/**
	 * How many members are wanting.
	 * @param making how many this server is making, recorded or not yet
	 */
	int missing(int making) {
		PoolCount count = count();
		return this.template.pool().min() - count.warm() - Math.max(making, count.starting());
	}

	/**
	 * Makes one member.
	 * @param fill the right to fill the pool
	 */
	void add(Lease fill) {
		Sandbox member = this.provisioner.provisionWarm(this.template, fill);
		logger.debug("Pool of {} has new member {}", type(), member.id());
	}

	/**
	 * Removes the members of another template whose place is taken: as many stay as the
	 * pool still lacks.
	 */
	void removeStale() {
		removeStale(Math.max(0, this.template.pool().min() - count().warm()));
	}

	/**
	 * Makes room for one new member where the limit leaves none.
	 * @return whether there was a member of another template to remove
	 */
	boolean removeOneStale() {
		int stale = count().stale();
		removeStale(stale - 1);
		return stale > 0;
	}

	private void removeStale(int keep) {
		String hash = this.currentHash;
		this.store.warm(type())
			.stream()
			.filter((member) -> !member.kind().templateHash().equals(hash))
			.sorted(Comparator.comparing((member) -> member.timeline().createdAt()))
			.limit(Math.max(0, count().stale() - keep))
			.forEach((member) -> remove(member, "its template or image has changed"));
	}

	/** Takes a member out of the pool for good. */
	void remove(Sandbox member, String why) {
		try {
			this.remover.remove(member);
			logger.info("Pool of {} gives up member {}: {}", type(), member.id(), why);
		}
		catch (StaleSandboxException ex) {
			logger.debug("Member {} was claimed or removed meanwhile", member.id());
		}
	}

}
