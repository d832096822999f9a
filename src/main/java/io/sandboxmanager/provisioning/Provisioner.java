package io.sandboxmanager.provisioning;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.ProvisioningException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.Workspace;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.SandboxStore;

/**
 * Makes sandboxes: from a template to a container that is recorded and ready. The record
 * comes first, so that a crash at any point leaves nothing unknown; a failure at any step
 * undoes the ones before. Calls do not wait for each other.
 */
public final class Provisioner {

	private final ContainerBackend backend;

	private final SandboxStore store;

	private final Slots slots;

	private final Remover remover;

	private final Workspaces workspaces;

	private final Readiness readiness;

	private final ContainerSpecs specs;

	private final ProvisioningProperties properties;

	private final Clock clock;

	private final InFlight underWay = new InFlight();

	/** What this server is making, and when it counts as hung. */
	private final Map<SandboxId, Instant> making = new ConcurrentHashMap<>();

	private volatile boolean stopped;

	/**
	 * Creates a provisioner.
	 * @param readonlyMounts folders of the host that every sandbox sees: host path to
	 * path inside
	 */
	public Provisioner(ContainerBackend backend, SandboxStore store, Slots slots, Remover remover,
			Workspaces workspaces, Readiness readiness, Map<String, String> readonlyMounts,
			ProvisioningProperties properties, Clock clock) {
		this.backend = backend;
		this.store = store;
		this.slots = slots;
		this.remover = remover;
		this.workspaces = workspaces;
		this.readiness = readiness;
		this.specs = new ContainerSpecs(store.managerId(), readonlyMounts);
		this.properties = properties;
		this.clock = clock;
	}

	/**
	 * Makes a warm member of a pool.
	 * @param fill the right to fill the pool
	 * @param recorded told when the store counts the member
	 * @throws ProvisioningException when a step failed
	 * @throws SandboxLimitExceededException when all slots are taken
	 * @throws LeaseLostException when somebody else fills the pool by now
	 */
	public Sandbox provisionWarm(PreparedTemplate prepared, Lease fill, Room room, Runnable recorded) {
		return provision(SandboxId.random(), ProvisioningOrder.poolMember(prepared), (begun) -> {
			this.slots.takeUnder(fill, begun, prepared.template().maxInstances(), room);
			recorded.run();
		}, (ready) -> ready.warm(this.clock.instant()));
	}

	/**
	 * Makes a sandbox for a caller.
	 * @throws ProvisioningException when a step failed
	 * @throws SandboxLimitExceededException when all slots are taken
	 */
	public Sandbox provision(SandboxTemplate template, Claim claim, Room room) {
		return provision(SandboxId.random(), ProvisioningOrder.forCaller(template, claim),
				(begun) -> this.slots.take(begun, template.maxInstances(), room),
				(ready) -> ready.claimed(claim.at(this.clock.instant())));
	}

	/**
	 * Makes a sandbox that takes the place of a recycled one, with its files and its
	 * environment.
	 * @throws ProvisioningException when a step failed
	 * @throws SandboxLimitExceededException when all slots are taken
	 * @throws LeaseLostException when somebody else replaces it by now
	 */
	public Sandbox provisionReplacement(SandboxTemplate template, Replacement replacement, Claim claim, Room room) {
		return provision(replacement.id(), ProvisioningOrder.replacement(template, replacement.recycled()),
				(begun) -> this.slots.takeUnder(replacement.right(), begun, template.maxInstances(), room), (ready) -> {
					replacement.turn().run();
					return ready.claimed(claim.at(this.clock.instant()));
				});
	}

	/**
	 * Looks what a sandbox of this template is made from now. Makes its image available,
	 * which may take long when it must be pulled.
	 */
	public PreparedTemplate prepare(SandboxTemplate template) {
		this.backend.requireHost(template.profile());
		return PreparedTemplate.of(template, this.backend.prepareImage(template.image()));
	}

	/**
	 * Tells all servers that this one is still making what it has begun. What nobody
	 * speaks for is given up: its maker has died, or hangs.
	 */
	public void keepAlive() {
		Instant now = this.clock.instant();
		this.making.forEach((id, hangsAt) -> {
			if (now.isBefore(hangsAt)) {
				this.store.prolong(id, now.plus(ProvisioningProperties.MAKER_SILENCE));
			}
		});
	}

	/** How long making a sandbox may take at most. */
	public Duration longest() {
		return this.backend.pullTimeout().plus(this.properties.deadline());
	}

	/** Makes no further sandboxes. Those on their way are finished. */
	public void stop() {
		this.stopped = true;
	}

	/**
	 * Waits for the sandboxes that are on their way.
	 * @return whether they came to an end, good or bad, in time
	 */
	public boolean awaitQuiet(Duration limit) throws InterruptedException {
		return this.underWay.awaitQuiet(limit);
	}

	private Sandbox provision(SandboxId id, ProvisioningOrder order, Consumer<Sandbox> slot,
			UnaryOperator<Sandbox> handOver) {
		this.underWay.begin();
		try {
			if (this.stopped) {
				throw new ProvisioningException(id, order.template().type(), "begin",
						new IllegalStateException("the server stops"));
			}
			return make(id, order, slot, handOver);
		}
		finally {
			this.making.remove(id);
			this.underWay.end();
		}
	}

	private Sandbox make(SandboxId id, ProvisioningOrder order, Consumer<Sandbox> slot,
			UnaryOperator<Sandbox> handOver) {
		SandboxTemplate template = order.template();
		Sandbox begun = begin(id, order);
		this.making.put(id, hangsAt(begun));
		slot.accept(begun);
		return new ProvisioningAttempt(this.backend, this.store, this.workspaces, this.remover, begun, this.clock)
			.run((attempt) -> {
				PreparedTemplate known = order.prepared();
				ImageDetails image = (known != null) ? known.image()
						: attempt.step("image", () -> attempt.findImage(template));
				attempt.step("workspace", () -> this.workspaces.prepare(begun, image, order.workspace() != null));
				attempt.step("container", () -> attempt.start(this.specs.specify(attempt.sandbox(), template)));
				attempt.step("agent", () -> this.readiness.await(attempt.sandbox(), this.properties.readinessTimeout(),
						attempt::hasEnded));
				attempt.step("record", () -> attempt.record(handOver));
			});
	}

	/** It is not known yet whether the image must be pulled, so there is time for it. */
	private Instant hangsAt(Sandbox begun) {
		return begun.timeline().createdAt().plus(longest());
	}

	private Sandbox begin(SandboxId id, ProvisioningOrder order) {
		Instant now = this.clock.instant();
		Workspace inherited = order.workspace();
		Workspace workspace = (inherited != null) ? inherited : this.workspaces.choose(id, order.request());
		return Sandbox.begin(id, this.properties.containerPrefix() + id, order.kind(), order.owner(), order.request(),
				workspace, now, now.plus(ProvisioningProperties.MAKER_SILENCE));
	}

}
