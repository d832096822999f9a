package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerNotFoundException;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.provisioning.Readiness;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.SandboxStore;

/** Stops, starts and asks after the containers of sandboxes that are handed out. */
public final class SandboxControl {

	private static final Logger logger = LoggerFactory.getLogger(SandboxControl.class);

	private final ContainerBackend backend;

	private final SandboxStore store;

	private final SandboxLookup lookup;

	private final UntriedSandboxes untried;

	private final Readiness readiness;

	private final Duration readinessTimeout;

	private final Clock clock;

	/**
	 * Creates the use case.
	 * @param readinessTimeout how long the agent of a started container may take to
	 * answer
	 */
	public SandboxControl(ContainerBackend backend, SandboxStore store, SandboxLookup lookup, UntriedSandboxes untried,
			Readiness readiness, Duration readinessTimeout, Clock clock) {
		this.backend = backend;
		this.store = store;
		this.lookup = lookup;
		this.untried = untried;
		this.readiness = readiness;
		this.readinessTimeout = readinessTimeout;
		this.clock = clock;
	}

	/**
	 * Stops a sandbox's container and keeps it.
	 * @return whether it is stopped now; not for one that is unknown or not handed out
	 */
	public boolean stop(String identity) {
		Optional<Sandbox> sandbox = handedOut(identity);
		if (sandbox.isEmpty()) {
			return false;
		}
		this.untried.noteTried(sandbox.get()); // that it ends is no accident
		this.backend.stop(sandbox.get().requirePlacement().ref());
		return change(sandbox.get(), (now) -> now.stopped(this.clock.instant()));
	}

	/**
	 * Starts a stopped container again and waits for its agent. Until then it counts as
	 * stopped; after a crash it does so until it is started once more.
	 * @return whether it runs now; not for one that is unknown or not handed out
	 */
	public boolean start(String identity) {
		Optional<Sandbox> sandbox = handedOut(identity);
		if (sandbox.isEmpty()) {
			return false;
		}
		Placement placement = sandbox.get().requirePlacement();
		try {
			ContainerHandle handle = this.backend.resume(placement.ref());
			Placement resumed = new Placement(placement.engineId(), handle.ref(), handle.endpoint());
			awaitAgent(sandbox.get().resumed(resumed, this.clock.instant()));
			return change(sandbox.get(), (now) -> now.resumed(resumed, this.clock.instant()));
		}
		catch (ContainerNotFoundException ex) {
			return false;
		}
	}

	/**
	 * The engine's word for the state of a sandbox's container, such as {@code running}
	 * or {@code exited}; empty when it has none. That of a successor does not count.
	 */
	public Optional<String> status(String identity) {
		return this.lookup.find(identity)
			.filter((sandbox) -> sandbox.state().isContainerExpected())
			.map((sandbox) -> this.backend.status(sandbox.requirePlacement().ref()))
			.filter((status) -> status != ContainerStatus.ABSENT)
			.map(ContainerStatus::word);
	}

	/**
	 * Notes that a container ended by itself or from outside.
	 * @return the sandbox that it belonged to, if its record still counted on it
	 */
	public Optional<Sandbox> noteEnd(String ref) {
		Optional<Sandbox> sandbox = this.store.findByRef(ref);
		while (sandbox.isPresent() && this.backend.status(ref) != ContainerStatus.RUNNING) {
			Sandbox ended = sandbox.get();
			if (ended.state() != SandboxState.RUNNING) {
				return sandbox.filter((one) -> one.state().isContainerExpected());
			}
			try {
				this.store.update(ended.stopped(this.clock.instant()));
				return sandbox;
			}
			catch (StaleSandboxException ex) {
				sandbox = this.store.findByRef(ref);
			}
		}
		return Optional.empty(); // none of ours, or started again since
	}

	/** A container that runs is started, even if what is in it does not answer. */
	private void awaitAgent(Sandbox resumed) {
		String ref = resumed.requirePlacement().ref();
		try {
			this.readiness.await(resumed, this.readinessTimeout,
					() -> this.backend.status(ref) != ContainerStatus.RUNNING);
		}
		catch (SandboxUnreachableException ex) {
			logger.warn("Sandbox {} was started, but its agent does not answer: {}", resumed.id(), ex.getMessage());
		}
	}

	private Optional<Sandbox> handedOut(String identity) {
		return this.lookup.findCurrent(identity).filter((sandbox) -> sandbox.state().isHandedOut());
	}

	/**
	 * Applies a change to the newest record.
	 * @return whether it was; not when the sandbox is not handed out any more
	 */
	private boolean change(Sandbox seen, UnaryOperator<Sandbox> change) {
		Optional<Sandbox> newest = Optional.of(seen);
		while (newest.isPresent() && newest.get().state().isHandedOut()) {
			try {
				this.store.update(change.apply(newest.get()));
				return true;
			}
			catch (StaleSandboxException ex) {
				newest = this.store.find(seen.id());
			}
		}
		return false;
	}

}
