package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.lifecycle.LeaseKeeper.KeptLease;
import io.sandboxmanager.sandbox.ProvisioningCancelledException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.SandboxStore;

/**
 * Brings the sandboxes of a recycled session back, with their files and their
 * environment, or a single one that is in no session. However many requests touch them at
 * once, one of them does it, by lease, and the others wait for as long as it does.
 */
public final class SessionRestore {

	private static final Logger logger = LoggerFactory.getLogger(SessionRestore.class);

	/** How long a caller waits for the old container to be gone. */
	private static final Duration REMOVAL_LIMIT = Duration.ofMinutes(1);

	private final SandboxStore store;

	private final SandboxCreation creation;

	private final Succession succession;

	private final LeaseKeeper leases;

	private final Executor executor;

	private final Clock clock;

	/**
	 * Creates the use case.
	 * @param executor restores several sandboxes of a session at the same time
	 */
	public SessionRestore(SandboxStore store, SandboxCreation creation, Succession succession, LeaseKeeper leases,
			Executor executor, Clock clock) {
		this.store = store;
		this.creation = creation;
		this.succession = succession;
		this.leases = leases;
		this.executor = executor;
		this.clock = clock;
	}

	/**
	 * Restores a recycled sandbox with its whole session.
	 * @return the record that has taken this one's place
	 */
	Sandbox restore(Sandbox recycled) {
		Instant begin = this.clock.instant();
		Sandbox now = recycled;
		try (ChangeWatch changes = new ChangeWatch(this.store, SandboxStore.LEASE_GIVEN_UP)) {
			while (this.clock.instant().isBefore(begin.plus(limit(now)))) {
				Optional<SandboxException> failure = isGone(now) ? restoreWithSession(now) : Optional.empty();
				now = this.store.find(recycled.id())
					.orElseThrow(() -> new SandboxNotFoundException(recycled.id().value()));
				if (now.state() != SandboxState.RECYCLED) {
					return now;
				}
				if (failure.isPresent()) {
					throw failure.get();
				}
				changes.awaitChange("the restore of sandbox " + recycled.id());
			}
		}
		throw new SandboxUnavailableException(recycled.id(), isGone(now) ? "it is being restored; try again"
				: "its old container is still being removed; try again");
	}

	private Duration limit(Sandbox recycled) {
		return isGone(recycled) ? this.creation.longest() : REMOVAL_LIMIT;
	}

	private static boolean isGone(Sandbox recycled) {
		return recycled.placement() == null;
	}

	/**
	 * Restores those whose container is gone for sure, unless somebody else does.
	 * @return the first failure, if any
	 */
	private Optional<SandboxException> restoreWithSession(Sandbox recycled) {
		String what = "restore:" + Optional.ofNullable(recycled.session()).orElse(recycled.id().value());
		Optional<KeptLease> taken = this.leases.take(what, this.creation.longest());
		if (taken.isEmpty()) {
			return Optional.empty();
		}
		try (KeptLease held = taken.get()) {
			List<Sandbox> gone = companyOf(recycled).stream()
				.filter((member) -> member.state() == SandboxState.RECYCLED && isGone(member))
				.toList();
			return (gone.size() == 1) ? restoreOne(gone.get(0), held.lease(), () -> {
			}) : restoreAll(gone, held.lease());
		}
	}

	/**
	 * Restores at the same time what belongs together. Each joins the session again after
	 * those that were in it before, so that the first of a type stays the first; one that
	 * cannot be restored does not keep the others from it.
	 */
	private Optional<SandboxException> restoreAll(List<Sandbox> gone, Lease lease) {
		List<CompletableFuture<Optional<SandboxException>>> restored = new ArrayList<>();
		CompletableFuture<?> before = CompletableFuture.completedFuture(null);
		for (Sandbox member : gone) { // in turn, so that none waits for one behind it
			Runnable turn = before.handle((done, failed) -> true)::join;
			CompletableFuture<Optional<SandboxException>> one = CompletableFuture
				.supplyAsync(() -> restoreOne(member, lease, turn), this.executor);
			restored.add(one);
			before = one;
		}
		CompletableFuture.allOf(restored.toArray(CompletableFuture[]::new)).join();
		return restored.stream().map(CompletableFuture::join).flatMap(Optional::stream).findFirst();
	}

	private List<Sandbox> companyOf(Sandbox recycled) {
		String session = recycled.session();
		return (session != null) ? this.store.bySession(session) : this.store.find(recycled.id()).stream().toList();
	}

	private Optional<SandboxException> restoreOne(Sandbox member, Lease lease, Runnable turn) {
		try {
			this.succession.replace(member, lease, turn);
			return Optional.empty();
		}
		catch (LeaseLostException | ProvisioningCancelledException ex) {
			logger.debug("Somebody else goes on with the restore of sandbox {}", member.id(), ex);
			return Optional.empty();
		}
		catch (SandboxException ex) {
			logger.warn("Sandbox {} could not be restored: {}", member.id(), ex.getMessage());
			return Optional.of(ex);
		}
	}

}
