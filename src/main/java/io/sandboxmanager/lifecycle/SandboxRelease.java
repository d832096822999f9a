package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;

/**
 * Takes sandboxes back. A release is answered when it is recorded; the container goes
 * behind it.
 */
public final class SandboxRelease {

	private static final Logger logger = LoggerFactory.getLogger(SandboxRelease.class);

	private final SandboxStore store;

	private final SandboxLookup lookup;

	private final Remover remover;

	private final SandboxReuse reuse;

	private final Duration releasedTtl;

	private final Clock clock;

	/**
	 * Creates the use case.
	 * @param releasedTtl how long the record of a released sandbox is kept
	 */
	public SandboxRelease(SandboxStore store, SandboxLookup lookup, Remover remover, SandboxReuse reuse,
			Duration releasedTtl, Clock clock) {
		this.store = store;
		this.lookup = lookup;
		this.remover = remover;
		this.reuse = reuse;
		this.releasedTtl = releasedTtl;
		this.clock = clock;
	}

	/**
	 * Takes a sandbox back, and with a replaced one its successor. Releasing one that is
	 * released or unknown does nothing.
	 */
	public void release(String identity) {
		Optional<Sandbox> sandbox = this.lookup.find(identity);
		sandbox.map(Sandbox::successor).ifPresent((successor) -> release(successor.value()));
		sandbox.ifPresent(this::releaseSeen);
	}

	/** Takes a sandbox back. */
	public void release(SandboxId id) {
		this.store.find(id).ifPresent(this::releaseSeen);
	}

	private void releaseSeen(Sandbox seen) {
		Optional<Sandbox> newest = Optional.of(seen);
		while (newest.isPresent()) {
			try {
				releaseOnce(newest.get());
				return;
			}
			catch (StaleSandboxException ex) {
				logger.debug("Sandbox {} changed while it was released; once more", seen.id());
				newest = this.store.find(seen.id());
			}
		}
	}

	/** Takes back everything that runs or is about to, the warm pools included. */
	public void releaseAll() {
		releaseAll(this.store::update);
	}

	/**
	 * Takes back everything as {@link #releaseAll()} does.
	 * @param right the lease without which nothing is taken back
	 * @throws io.sandboxmanager.store.LeaseLostException when it is over: what is not
	 * taken back yet is left as it is
	 */
	public void releaseAll(Lease right) {
		releaseAll((gone) -> this.store.updateUnder(right, gone));
	}

	private void releaseAll(UnaryOperator<Sandbox> update) {
		this.store.visit((sandbox) -> remove(sandbox, update));
	}

	private void remove(Sandbox seen, UnaryOperator<Sandbox> update) {
		if (isGoing(seen)) {
			this.remover.finish(seen);
			return;
		}
		Optional<Sandbox> newest = Optional.of(seen);
		while (newest.filter((now) -> now.state().isOccupying()).isPresent()) {
			try {
				Sandbox gone = newest.get().releasing(this.clock.instant(), this.remover.retryAt());
				this.remover.finish(update.apply(gone));
				return;
			}
			catch (StaleSandboxException ex) {
				newest = this.store.find(seen.id());
			}
		}
	}

	/** Whether somebody is removing its container, or has died over it. */
	private static boolean isGoing(Sandbox sandbox) {
		return sandbox.state() == SandboxState.RELEASING || sandbox.isToBeCleared();
	}

	private void releaseOnce(Sandbox sandbox) {
		SandboxState state = sandbox.state();
		if (this.reuse.isPossible(sandbox)) {
			Instant now = this.clock.instant();
			this.reuse.putBackOrRemove(this.store.update(sandbox.releasing(now, this.remover.retryAt())));
		}
		else if (state.isOccupying() || sandbox.isToBeCleared()) {
			this.remover.remove(sandbox);
		}
		else if (state != SandboxState.RELEASING && state != SandboxState.RELEASED) {
			Instant now = this.clock.instant();
			this.store.update(sandbox.released(now, now.plus(this.releasedTtl)));
		}
	}

}
