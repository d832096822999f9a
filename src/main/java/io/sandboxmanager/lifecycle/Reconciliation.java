package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.provisioning.ContainerLabels;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Incarnation;
import io.sandboxmanager.store.SandboxStore;

/**
 * Compares what is recorded with what the engine has. Whatever a crash left behind is
 * found here: a container that no record counts on is removed, a record whose container
 * is gone becomes failed. Where it is the record that was lost, its container is recorded
 * again.
 */
public final class Reconciliation {

	private static final Logger logger = LoggerFactory.getLogger(Reconciliation.class);

	private final ContainerBackend backend;

	private final SandboxStore store;

	private final SandboxControl control;

	private final Remover remover;

	private final Adoption adoption;

	private volatile Drift total = Drift.NONE;

	private final Executor executor;

	private final Clock clock;

	/**
	 * Creates the comparison.
	 * @param timeout limit of one request to a sandbox of which only the container is
	 * left
	 * @param executor removes containers
	 */
	public Reconciliation(ContainerBackend backend, SandboxStore store, SandboxControl control, Remover remover,
			LifecycleProperties properties, Duration timeout, Executor executor, Clock clock) {
		this.backend = backend;
		this.store = store;
		this.control = control;
		this.remover = remover;
		this.adoption = new Adoption(backend, store, properties, timeout, clock);
		this.executor = executor;
		this.clock = clock;
	}

	/**
	 * Compares everything once.
	 * @param grace how old a container must be to be removed, so that one which is just
	 * being made or removed is left alone
	 * @return how many containers were removed or recorded again and records failed
	 */
	public Drift run(Duration grace) {
		Instant begin = this.clock.instant();
		Incarnation state = this.store.incarnation();
		List<ContainerSummary> containers = this.backend.list(ContainerLabels.ofManager(this.store.managerId()));
		Map<String, SandboxId> recorded = this.store.containers(this.backend.engineId());
		Map<Unrecorded, List<ContainerSummary>> unrecorded = containers.stream()
			.filter((container) -> !recorded.containsKey(container.ref()))
			.collect(Collectors.groupingBy((container) -> look(container, state.since())));
		if (!this.store.incarnation().equals(state)) {
			logger.info("The state has become another one meanwhile: containers are compared with it later");
			return Drift.NONE;
		}
		int adopted = this.adoption.adopt(unrecorded.getOrDefault(Unrecorded.ITS_RECORD_WAS_LOST, List.of()));
		int removed = removeAll(unrecorded.getOrDefault(Unrecorded.LEFT, List.of())
			.stream()
			.filter((container) -> !container.createdAt().isAfter(begin.minus(grace)))
			.toList());
		containers.stream()
			.filter((container) -> container.status() == ContainerStatus.EXITED)
			.forEach((container) -> noteEnd(container.ref()));
		containers.forEach((container) -> recorded.remove(container.ref()));
		return count(new Drift(removed, failAll(recorded.values(), begin), adopted));
	}

	/** All that was found and mended since this server started. */
	public Drift total() {
		return this.total;
	}

	private synchronized Drift count(Drift found) {
		if (!found.isNone()) {
			logger.info(
					"Reconciled: {} containers without a record removed and {} recorded again as handed out, "
							+ "{} records without a container failed",
					found.containersRemoved(), found.containersAdopted(), found.recordsFailed());
		}
		this.total = this.total.plus(found);
		return found;
	}

	private Unrecorded look(ContainerSummary container, Instant since) {
		Optional<Sandbox> record = ContainerLabels.sandboxOf(container).flatMap(this.store::find);
		if (record.isEmpty() && Adoption.mayBeLost(container, since)) {
			return Unrecorded.ITS_RECORD_WAS_LOST;
		}
		return record.filter((sandbox) -> sandbox.state().countsOnContainer()).isPresent() ? Unrecorded.BEING_MADE
				: Unrecorded.LEFT;
	}

	/** After a crash there may be hundreds, and the server starts when they are gone. */
	private int removeAll(List<ContainerSummary> containers) {
		List<CompletableFuture<Integer>> removals = containers.stream()
			.map((container) -> CompletableFuture.supplyAsync(() -> remove(container), this.executor))
			.toList();
		return removals.stream().mapToInt(CompletableFuture::join).sum();
	}

	private int remove(ContainerSummary container) {
		try {
			this.backend.remove(container.ref());
			return 1;
		}
		catch (BackendException ex) {
			logger.warn("Container {} belongs to no sandbox and cannot be removed: {}", container.name(),
					ex.getMessage());
			return 0;
		}
	}

	/** What one event tells at once is found here if the event was missed. */
	private void noteEnd(String ref) {
		try {
			this.control.noteEnd(ref).filter(Sandbox::isPoolMember).ifPresent(this.remover::remove);
		}
		catch (StaleSandboxException ex) {
			logger.debug("The member with container {} was claimed or removed meanwhile", ref);
		}
	}

	private int failAll(Collection<SandboxId> withoutContainer, Instant listedAt) {
		return (int) withoutContainer.stream()
			.flatMap((id) -> this.store.find(id).stream())
			.filter((sandbox) -> isLost(sandbox, listedAt) && fail(sandbox))
			.count();
	}

	/**
	 * A record that changed since the list was made says nothing about the list, and a
	 * list nothing about the containers of servers with another id.
	 */
	private boolean isLost(Sandbox sandbox, Instant listedAt) {
		return sandbox.state().isContainerExpected() && sandbox.placement() != null
				&& sandbox.timeline().updatedAt().isBefore(listedAt)
				&& this.backend.status(sandbox.placement().ref()) == ContainerStatus.ABSENT;
	}

	private boolean fail(Sandbox sandbox) {
		try {
			Instant now = this.clock.instant();
			if (sandbox.isPoolMember()) {
				this.remover.remove(sandbox);
			}
			else {
				this.remover
					.finish(this.store.update(sandbox.failed("its container is gone", now, this.remover.retryAt())));
			}
			logger.warn("Sandbox {} has lost its container", sandbox.id());
			return true;
		}
		catch (StaleSandboxException ex) {
			return false;
		}
	}

	/** Why no record named a container. */
	private enum Unrecorded {

		/** Its record does not know it yet, or did not when it was looked at. */
		BEING_MADE,

		/** It may be handed out. */
		ITS_RECORD_WAS_LOST,

		/** Nobody needs it. */
		LEFT

	}

	/**
	 * What a comparison found and mended.
	 *
	 * @param containersAdopted how many were recorded again after the state was lost
	 */
	public record Drift(int containersRemoved, int recordsFailed, int containersAdopted) {

		private static final Drift NONE = new Drift(0, 0, 0);

		Drift plus(Drift other) {
			return new Drift(this.containersRemoved + other.containersRemoved, this.recordsFailed + other.recordsFailed,
					this.containersAdopted + other.containersAdopted);
		}

		boolean isNone() {
			return equals(NONE);
		}

	}

}
