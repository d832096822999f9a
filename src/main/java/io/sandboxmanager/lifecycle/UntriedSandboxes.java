package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.SandboxStore;

/**
 * The sandboxes that came out of a pool and have answered nobody since. A claim does not
 * ask them whether they live; one that proves dead is given up, and its owner's call
 * restores it as that of a recycled one.
 */
public final class UntriedSandboxes {

	private static final Logger logger = LoggerFactory.getLogger(UntriedSandboxes.class);

	/** What an untried sandbox is in whose container is gone, or cannot be reached. */
	private static final Set<SandboxState> PERHAPS_DEAD = EnumSet.of(SandboxState.RUNNING, SandboxState.STOPPED,
			SandboxState.FAILED);

	private static final Set<SandboxState> GIVEN_UP = EnumSet.of(SandboxState.RECYCLED, SandboxState.REPLACED);

	private final SandboxStore store;

	private final Remover remover;

	private final Clock clock;

	public UntriedSandboxes(SandboxStore store, Remover remover, Clock clock) {
		this.store = store;
		this.remover = remover;
		this.clock = clock;
	}

	/** Whether its container is known to have ended, or to be gone, by itself. */
	boolean isDead(Sandbox sandbox) {
		return sandbox.untried() && PERHAPS_DEAD.contains(sandbox.state()) && sandbox.state() != SandboxState.RUNNING;
	}

	/**
	 * Notes that it has answered. Never fails: the answer is worth more than the note.
	 */
	void noteAnswer(Sandbox sandbox) {
		try {
			noteTried(sandbox);
		}
		catch (SandboxException ex) {
			logger.warn("It cannot be noted that sandbox {} has answered: {}", sandbox.id(), ex.getMessage());
		}
		catch (RuntimeException ex) {
			logger.error("It cannot be noted that sandbox {} has answered", sandbox.id(), ex);
		}
	}

	/** From now on what happens to it is its owner's business. */
	void noteTried(Sandbox sandbox) {
		Optional<Sandbox> newest = Optional.of(sandbox);
		while (newest.filter((now) -> now.untried() && now.state().isHandedOut()).isPresent()) {
			try {
				this.store.update(newest.get().tried());
				return;
			}
			catch (StaleSandboxException ex) {
				newest = this.store.find(sandbox.id());
			}
		}
	}

	/**
	 * Gives a sandbox up that was dead when it was called, if it is untried. Its
	 * container is gone when this returns, unless the engine refuses.
	 * @return whether it is given up, by this call or another
	 */
	boolean giveUp(Sandbox dead) {
		Optional<Sandbox> newest = this.store.find(dead.id());
		while (newest.filter((now) -> isSame(now, dead)).isPresent()) {
			try {
				recycle(newest.get());
				return true;
			}
			catch (StaleSandboxException ex) {
				newest = this.store.find(dead.id());
			}
		}
		return newest.filter((now) -> now.untried() && GIVEN_UP.contains(now.state())).isPresent();
	}

	private static boolean isSame(Sandbox now, Sandbox dead) {
		return now.untried() && PERHAPS_DEAD.contains(now.state()) && isWhereItWas(now, dead);
	}

	/** One whose container is known to be gone has no place any more. */
	private static boolean isWhereItWas(Sandbox now, Sandbox dead) {
		return (now.placement() != null) ? now.placement().equals(dead.placement())
				: Objects.equals(now.containerRef(), dead.containerRef());
	}

	/** The pools are not told: whoever restores it takes the slot again. */
	private void recycle(Sandbox dead) {
		Sandbox recycled = this.store
			.update(dead.recycled(Sandbox.CONTAINER_LOST, this.clock.instant(), this.remover.retryAt()));
		logger.warn("Sandbox {} came out of the pool of {} dead and is replaced", dead.id(), dead.kind().type());
		this.remover.finishHere(recycled);
	}

}
