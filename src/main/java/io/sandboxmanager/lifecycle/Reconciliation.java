package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.provisioning.ContainerLabels;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.SandboxStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what is recorded with what the engine has. Whatever a crash left behind is
 * found here: a container that no record counts on is removed, a record whose container
 * is gone becomes failed.
 */
public final class Reconciliation {

	private static final Logger logger = LoggerFactory.getLogger(Reconciliation.class);

	private static final int PAGE = 200;

	private final ContainerBackend backend;

	private final SandboxStore store;

	private final SandboxControl control;

	private final Remover remover;

	private final Adoption adoption;

	private final Duration failedTtl;

	private volatile Drift total = new Drift(0, 0, 0);

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
		this.failedTtl = properties.releasedTtl();
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
		List<ContainerSummary> containers = this.backend.list(ContainerLabels.ofManager(this.store.managerId()));
		if (this.store.incarnation().empty()) {
			return adoptAll(containers);
		}
		int removed = removeAll(containers.stream()
			.filter((container) -> !container.createdAt().isAfter(begin.minus(grace)))
			.filter((container) -> !isCountedOn(container))
			.toList());
		containers.stream()
			.filter((container) -> container.status() == ContainerStatus.EXITED)
			.forEach((container) -> this.control.noteEnd(container.ref()));
		Set<String> refs = containers.stream().map(ContainerSummary::ref).collect(Collectors.toSet());
		Drift drift = count(new Drift(removed, failRecordsWithout(refs, begin), 0));
		if (!drift.isNone()) {
			logger.info("Reconciled: {} containers without a record removed, {} records without a container failed",
					drift.containersRemoved(), drift.recordsFailed());
		}
		return drift;
	}

	/** All that was found and mended since this server started. */
	public Drift total() {
		return this.total;
	}

	private synchronized Drift count(Drift found) {
		this.total = this.total.plus(found);
		return found;
	}

	/** Only when all are recorded do others take what has no record for a leftover. */
	private Drift adoptAll(List<ContainerSummary> containers) {
		int adopted = this.adoption.adopt(containers);
		this.store.refound();
		logger.warn("The state was lost: what keeps it came back empty. {} of {} containers are recorded again as "
				+ "handed out; sessions are lost", adopted, containers.size());
		return count(new Drift(0, 0, adopted));
	}

	private boolean isCountedOn(ContainerSummary container) {
		return isCountedOn(ContainerLabels.sandboxOf(container).flatMap(this.store::find))
				|| isCountedOn(this.store.findByRef(container.ref())); // it is another's
																		// by now
	}

	private static boolean isCountedOn(Optional<Sandbox> sandbox) {
		return sandbox.map(Sandbox::state)
			.filter((state) -> state == SandboxState.PROVISIONING || state == SandboxState.RELEASING
					|| state.isContainerExpected())
			.isPresent();
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

	private int failRecordsWithout(Set<String> refs, Instant listedAt) {
		int failed = 0;
		Optional<SandboxId> last = Optional.empty();
		while (true) {
			List<Sandbox> page = this.store.page(last, PAGE);
			for (Sandbox sandbox : page) {
				failed += isLost(sandbox, refs, listedAt) ? fail(sandbox) : 0;
			}
			if (page.size() < PAGE) {
				return failed;
			}
			last = Optional.of(page.get(page.size() - 1).id());
		}
	}

	/** A record that changed since the list was made says nothing about the list. */
	private boolean isLost(Sandbox sandbox, Set<String> refs, Instant listedAt) {
		Placement placement = sandbox.placement();
		return sandbox.state().isContainerExpected() && placement != null
				&& placement.engineId().equals(this.backend.engineId()) && !refs.contains(placement.ref())
				&& sandbox.timeline().updatedAt().isBefore(listedAt);
	}

	private int fail(Sandbox sandbox) {
		try {
			Instant now = this.clock.instant();
			if (sandbox.isPoolMember()) {
				this.remover.remove(sandbox);
			}
			else {
				this.remover
					.finish(this.store.update(sandbox.failed("its container is gone", now, now.plus(this.failedTtl))));
			}
			logger.warn("Sandbox {} has lost its container", sandbox.id());
			return 1;
		}
		catch (StaleSandboxException ex) {
			return 0;
		}
	}

	/**
	 * What a comparison found and mended.
	 *
	 * @param containersAdopted how many were recorded again after the state was lost
	 */
	public record Drift(int containersRemoved, int recordsFailed, int containersAdopted) {

		Drift plus(Drift other) {
			return new Drift(this.containersRemoved + other.containersRemoved, this.recordsFailed + other.recordsFailed,
					this.containersAdopted + other.containersAdopted);
		}

		boolean isNone() {
			return this.containersRemoved == 0 && this.recordsFailed == 0 && this.containersAdopted == 0;
		}

	}

}
