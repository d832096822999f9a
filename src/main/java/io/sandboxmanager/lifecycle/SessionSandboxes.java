package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;

/**
 * Gives a session its one sandbox of a type: the one that it has, restored if need be, or
 * a new one. However many ask at once, on however many servers, all get the same.
 */
public final class SessionSandboxes {

	private static final Duration LEASE_TIME = Duration.ofMinutes(3);

	private static final Duration PAUSE = Duration.ofMillis(20);

	private final SandboxStore store;

	private final SandboxCreation creation;

	private final SandboxAccess access;

	private final Clock clock;

	private final Sleeper sleeper;

	public SessionSandboxes(SandboxStore store, SandboxCreation creation, SandboxAccess access, Clock clock,
			Sleeper sleeper) {
		this.store = store;
		this.creation = creation;
		this.access = access;
		this.clock = clock;
		this.sleeper = sleeper;
	}

	/** The sandbox of a session, ready for a call. */
	public Sandbox sandboxOf(String session, SandboxTemplate template, Owner owner) {
		String lease = "session:" + template.type() + ":" + session;
		String holder = SandboxId.random().value();
		Instant giveUpAt = this.clock.instant().plus(LEASE_TIME);
		while (true) {
			Optional<Sandbox> known = find(session, template, owner);
			if (known.isPresent()) {
				return this.access.reach(known.get().id().value());
			}
			Optional<Lease> held = this.store.lease(lease, holder, LEASE_TIME);
			if (held.isPresent()) {
				return make(session, template, owner, held.get());
			}
			if (this.clock.instant().isAfter(giveUpAt)) {
				throw new SandboxUnreachableException("the sandbox of session " + session + " is still being made",
						null);
			}
			pause(session);
		}
	}

	/** Somebody may have made it between the look and the lease. */
	private Sandbox make(String session, SandboxTemplate template, Owner owner, Lease held) {
		try {
			Optional<Sandbox> known = find(session, template, owner);
			SandboxRequest request = new SandboxRequest(session, Map.of(), Map.of(), null, null);
			return known.isPresent() ? this.access.reach(known.get().id().value())
					: this.creation.acquire(template, owner, request);
		}
		finally {
			this.store.giveUp(held);
		}
	}

	private Optional<Sandbox> find(String session, SandboxTemplate template, Owner owner) {
		return this.store.bySession(session)
			.stream()
			.filter((sandbox) -> sandbox.kind().type().equals(template.type()) && sandbox.owner().equals(owner))
			.filter((sandbox) -> sandbox.state() == SandboxState.RUNNING || sandbox.state() == SandboxState.RECYCLED)
			.findFirst();
	}

	private void pause(String session) {
		try {
			this.sleeper.sleep(PAUSE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SandboxUnreachableException("waiting for the sandbox of session " + session + " was interrupted",
					ex);
		}
	}

}
