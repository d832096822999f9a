package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;

/**
 * Leases that last for as long as their holder works, however long that takes, and end
 * soon after its server has died.
 */
public final class LeaseKeeper {

	private static final Logger logger = LoggerFactory.getLogger(LeaseKeeper.class);

	/** So long nobody takes the place of a server that has died. */
	static final Duration TIME = Duration.ofSeconds(15);

	private final SandboxStore store;

	private final Clock clock;

	private final Set<KeptLease> kept = ConcurrentHashMap.newKeySet();

	public LeaseKeeper(SandboxStore store, Clock clock) {
		this.store = store;
		this.clock = clock;
	}

	/**
	 * Takes a lease for one piece of work: another one on this server is refused too.
	 * @param limit how long the work may take; one that hangs keeps nobody from it for
	 * longer
	 */
	Optional<KeptLease> take(String name, Duration limit) {
		Instant hangsAt = this.clock.instant().plus(limit);
		Optional<KeptLease> taken = this.store.lease(name, SandboxId.random().value(), TIME)
			.map((lease) -> new KeptLease(lease, hangsAt));
		taken.ifPresent(this.kept::add);
		return taken;
	}

	/** Renews what is held and still worked under. */
	public void keepAlive() {
		Instant now = this.clock.instant();
		this.kept.stream().filter((one) -> now.isBefore(one.hangsAt)).forEach(this::renew);
	}

	/** One that was lost is not taken again behind the back of its holder. */
	private void renew(KeptLease held) {
		Lease lease = held.lease();
		Optional<Lease> renewed = this.store.lease(lease.name(), lease.holder(), TIME);
		if (renewed.filter((now) -> now.token() == lease.token()).isEmpty()) {
			this.kept.remove(held);
			renewed.ifPresent(this.store::giveUp);
		}
	}

	/** A lease that is renewed until it is closed. */
	final class KeptLease implements AutoCloseable {

		private final Lease lease;

		private final Instant hangsAt;

		private KeptLease(Lease lease, Instant hangsAt) {
			this.lease = lease;
			this.hangsAt = hangsAt;
		}

		/** What the store tells by whether the holder has it still. */
		Lease lease() {
			return this.lease;
		}

		/** What was done under it stays done even if it cannot be given up. */
		@Override
		public void close() {
			LeaseKeeper.this.kept.remove(this);
			try {
				LeaseKeeper.this.store.giveUp(this.lease);
			}
			catch (SandboxException ex) {
				logger.warn("Lease {} ends only in {}: {}", this.lease.name(), TIME, ex.getMessage());
			}
		}

	}

}
