package io.sandboxmanager.provisioning;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.SandboxStore;

/**
 * Unmakes sandboxes. The record says first that a sandbox is to go, so that whatever
 * happens then, its deadline brings the removal up again.
 */
public final class Remover {

	private static final Logger logger = LoggerFactory.getLogger(Remover.class);

	private static final Duration RETRY = Duration.ofSeconds(10);

	private final ContainerBackend backend;

	private final SandboxStore store;

	private final Workspaces workspaces;

	private final Duration releasedTtl;

	private final Duration recycledTtl;

	private final Executor executor;

	private final Clock clock;

	private final InFlight underWay = new InFlight();

	private final Set<SandboxId> removing = ConcurrentHashMap.newKeySet();

	/**
	 * Creates a remover.
	 * @param releasedTtl how long the record of what was handed out is kept
	 * @param recycledTtl how long a recycled sandbox can be restored
	 * @param executor runs the removals
	 */
	public Remover(ContainerBackend backend, SandboxStore store, Workspaces workspaces, Duration releasedTtl,
			Duration recycledTtl, Executor executor, Clock clock) {
		this.backend = backend;
		this.store = store;
		this.workspaces = workspaces;
		this.releasedTtl = releasedTtl;
		this.recycledTtl = recycledTtl;
		this.executor = executor;
		this.clock = clock;
	}

	/**
	 * Gives a sandbox up: its slot is free and nobody gets it any more when this returns;
	 * its container goes in the background.
	 * @throws StaleSandboxException when somebody else changed the record first
	 */
	public void remove(Sandbox sandbox) {
		Instant now = this.clock.instant();
		finish(this.store.update(sandbox.releasing(now, now.plus(RETRY))));
	}

	/**
	 * Removes what is left of a sandbox that was given up, recycled or lost, in the
	 * background. While a removal is under way no second one of it begins.
	 */
	public void finish(Sandbox gone) {
		finishUnless(() -> false, gone);
	}

	/**
	 * Removes what is left of a sandbox as {@link #finish} does, unless something comes
	 * of it after all.
	 * @param saved asked in the background; where it throws, that is not known, and the
	 * record is looked at again at its deadline
	 */
	public void finishUnless(BooleanSupplier saved, Sandbox gone) {
		if (!this.removing.add(gone.id())) {
			return;
		}
		this.underWay.begin();
		try {
			this.executor.execute(() -> finishNow(gone, saved));
		}
		catch (RejectedExecutionException ex) {
			end(gone);
			logger.warn("Sandbox {} will be removed at the next start: the server stops", gone.id());
		}
	}

	/**
	 * Does what {@link #finish} does on this thread, for one who needs the container to
	 * be gone.
	 */
	public void finishHere(Sandbox gone) {
		if (this.removing.add(gone.id())) {
			this.underWay.begin();
			finishNow(gone, () -> false);
		}
	}

	/**
	 * Waits for the removals that are under way.
	 * @return whether they came to an end in time
	 */
	public boolean awaitRemovals(Duration limit) throws InterruptedException {
		return this.underWay.awaitQuiet(limit);
	}

	/**
	 * Does again what {@link #finish} does, for whoever has not brought it to an end in
	 * time. What is under way here is given more time instead.
	 * @throws StaleSandboxException when somebody else changed the record first
	 */
	public void retry(Sandbox gone) {
		if (this.removing.contains(gone.id())) {
			this.store.prolong(gone.id(), retryAt());
		}
		else {
			finish(this.store.update(gone.due(retryAt())));
		}
	}

	/**
	 * Tells all servers that what this one removes is still being removed, however long
	 * its files take. What nobody speaks for is removed by another.
	 */
	public void keepAlive() {
		Instant deadline = retryAt();
		this.removing.forEach((id) -> this.store.prolong(id, deadline));
	}

	/** When the removal of a sandbox that is given up now is tried again. */
	public Instant retryAt() {
		return this.clock.instant().plus(RETRY);
	}

	private void finishNow(Sandbox gone, BooleanSupplier saved) {
		try {
			if (!saved.getAsBoolean()) {
				removeContainer(gone);
				forget(gone);
			}
		}
		catch (StaleSandboxException ex) {
			logger.debug("Sandbox {} is being removed by somebody else", gone.id());
		}
		catch (SandboxException ex) {
			logger.warn("Sandbox {} could not be removed and will be tried again: {}", gone.id(), ex.getMessage());
		}
		catch (RuntimeException ex) {
			logger.error("Sandbox {} could not be removed and will be tried again", gone.id(), ex);
		}
		finally {
			end(gone);
		}
	}

	private void end(Sandbox gone) {
		this.removing.remove(gone.id());
		this.underWay.end();
	}

	private void removeContainer(Sandbox gone) {
		Placement placement = gone.placement();
		if (placement != null) {
			this.backend.remove(placement.ref());
			if (gone.wasHandedOut()) {
				this.workspaces.persist(gone);
			}
		}
		else if (!gone.wasHandedOut()) {
			this.backend.list(ContainerLabels.of(gone.id(), this.store.managerId()))
				.forEach((unrecorded) -> this.backend.remove(unrecorded.ref()));
		}
	}

	/** Only what a caller has seen can be asked for later. */
	private void forget(Sandbox gone) {
		if (gone.wasHandedOut()) {
			this.workspaces.settle(gone);
		}
		Instant now = this.clock.instant();
		if (!gone.wasHandedOut()) {
			discardWorkspace(gone);
			this.store.delete(gone);
		}
		else if (gone.state() == SandboxState.RELEASING) {
			this.store.update(gone.released(now, now.plus(this.releasedTtl)));
		}
		else if (gone.state() == SandboxState.RECYCLED) {
			this.store.update(gone.cleared(now.plus(this.recycledTtl)));
		}
		else if (gone.state() == SandboxState.FAILED) {
			this.store.update(gone.cleared(now.plus(this.releasedTtl)));
		}
	}

	/** While there is no container yet, somebody is making it, who needs the folder. */
	private void discardWorkspace(Sandbox unseen) {
		if (unseen.placement() != null) {
			this.workspaces.discard(unseen);
		}
	}

}
