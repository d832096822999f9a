package io.sandboxmanager.provisioning;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.ProvisioningCancelledException;
import io.sandboxmanager.sandbox.ProvisioningException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.Sandbox.Kind;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.SandboxStore;

/**
 * One attempt to make a sandbox. It knows how far it came, and so what to undo.
 */
class ProvisioningAttempt {

	private static final Logger logger = LoggerFactory.getLogger(ProvisioningAttempt.class);

	private static final Duration LOOK_PAUSE = Duration.ofSeconds(1);

	private final ContainerBackend backend;

	private final SandboxStore store;

	private final Workspaces workspaces;

	private final Remover remover;

	private final Clock clock;

	private Sandbox sandbox;

	private String step = "begin";

	private Instant nextLook = Instant.MIN;

	ProvisioningAttempt(ContainerBackend backend, SandboxStore store, Workspaces workspaces, Remover remover,
			Sandbox begun, Clock clock) {
		this.backend = backend;
		this.store = store;
		this.workspaces = workspaces;
		this.remover = remover;
		this.sandbox = begun;
		this.clock = clock;
	}

	/**
	 * Goes through the steps.
	 * @return the sandbox as the last step recorded it
	 * @throws ProvisioningException when a step failed; what was made is unmade
	 */
	Sandbox run(Consumer<ProvisioningAttempt> steps) {
		try {
			steps.accept(this);
			return this.sandbox;
		}
		catch (RuntimeException | Error ex) {
			undo(ex);
			throw failure(ex);
		}
	}

	private ProvisioningException failure(Throwable cause) {
		String type = this.sandbox.kind().type();
		return (cause instanceof StaleSandboxException given)
				? new ProvisioningCancelledException(this.sandbox.id(), type, this.step, given)
				: new ProvisioningException(this.sandbox.id(), type, this.step, cause);
	}

	void step(String name, Runnable action) {
		this.step = name;
		action.run();
	}

	<T> T step(String name, Supplier<T> action) {
		this.step = name;
		return action.get();
	}

	/** Makes the image available and records what the sandbox is made from. */
	ImageDetails findImage(SandboxTemplate template) {
		this.backend.requireHost(template.profile());
		ImageDetails image = this.backend.prepareImage(template.image());
		Instant now = this.clock.instant();
		record((begun) -> begun.madeFrom(Kind.of(template, image.digest()), now, deadline(now)));
		return image;
	}

	void start(ContainerSpec spec) {
		ContainerHandle handle = this.backend.start(spec);
		Placement placement = new Placement(this.backend.engineId(), handle.ref(), handle.endpoint());
		Instant now = this.clock.instant();
		this.nextLook = now.plus(LOOK_PAUSE);
		this.sandbox = this.sandbox.placed(placement, now).due(deadline(now));
		record(UnaryOperator.identity());
	}

	/** Who makes a sandbox gives a word of it now and then, see the keep-alive. */
	private static Instant deadline(Instant now) {
		return now.plus(ProvisioningProperties.MAKER_SILENCE);
	}

	void record(UnaryOperator<Sandbox> change) {
		this.sandbox = this.store.update(change.apply(this.sandbox));
	}

	Sandbox sandbox() {
		return this.sandbox;
	}

	/**
	 * Whether the container has ended. The engine is asked rarely, however often this is.
	 */
	boolean hasEnded() {
		Instant now = this.clock.instant();
		if (now.isBefore(this.nextLook)) {
			return false;
		}
		this.nextLook = now.plus(LOOK_PAUSE);
		return this.backend.status(this.sandbox.requirePlacement().ref()) != ContainerStatus.RUNNING;
	}

	private void undo(Throwable cause) {
		try {
			giveUp().ifPresent(this::unmake);
		}
		catch (SandboxException ex) {
			cause.addSuppressed(ex);
			logger.warn("Sandbox {} could not be made, and what there is of it is left to its deadline: {}",
					this.sandbox.id(), ex.getMessage());
		}
	}

	/**
	 * Says in the record first that the sandbox is to go. A step whose answer was lost
	 * may have been taken all the same, and a member that it made warm may have an owner
	 * by now: that one is not this attempt's to undo.
	 * @return what is to be unmade
	 */
	private Optional<Sandbox> giveUp() {
		Sandbox last = this.sandbox;
		while (true) {
			try {
				return Optional.of(this.store.update(last.releasing(this.clock.instant(), this.remover.retryAt())));
			}
			catch (StaleSandboxException ex) {
				Optional<Sandbox> kept = this.store.find(last.id());
				if (kept.isEmpty() || kept.get().state() == SandboxState.RELEASING) {
					// given up, by one who may not know of the container
					return Optional.of(this.sandbox);
				}
				if (!isStillOurs(kept.get())) {
					return Optional.empty();
				}
				last = withContainer(kept.get());
			}
		}
	}

	/** Nobody has heard of a sandbox that was made for a caller, ready or not. */
	private boolean isStillOurs(Sandbox kept) {
		return kept.state() == SandboxState.PROVISIONING
				|| (kept.state() == SandboxState.RUNNING && !this.sandbox.owner().equals(Owner.POOL));
	}

	/** The record may not know of the container yet. */
	private Sandbox withContainer(Sandbox kept) {
		Placement placement = this.sandbox.placement();
		return (placement != null) ? kept.placed(placement, this.clock.instant()) : kept;
	}

	private void unmake(Sandbox gone) {
		this.remover.finishHere(gone);
		if (gone.placement() == null) {
			this.workspaces.discard(gone); // the remover leaves it to whoever makes it
		}
	}

}
