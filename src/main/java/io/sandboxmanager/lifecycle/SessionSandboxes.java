package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.lifecycle.LeaseKeeper.KeptLease;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.store.SandboxStore;

/**
 * Gives a session its one sandbox of a type: the one that it has, restored or started
 * again if need be, or a new one. However many ask at once, on however many servers, all
 * get the same: one makes it, by lease, and the others wait for as long as it does.
 * Should the lease be lost, the first to join the session is the one.
 */
public final class SessionSandboxes {

	private static final Logger logger = LoggerFactory.getLogger(SessionSandboxes.class);

	private final SandboxStore store;

	private final SandboxCreation creation;

	private final SandboxRelease release;

	private final SandboxAccess access;

	private final SandboxControl control;

	private final LeaseKeeper leases;

	private final Clock clock;

	public SessionSandboxes(SandboxStore store, SandboxCreation creation, SandboxRelease release, SandboxAccess access,
			SandboxControl control, LeaseKeeper leases, Clock clock) {
		this.store = store;
		this.creation = creation;
		this.release = release;
		this.access = access;
		this.control = control;
		this.leases = leases;
		this.clock = clock;
	}

	/** The sandbox of a session, ready for a call. */
	public Sandbox sandboxOf(String session, SandboxTemplate template, Owner owner) {
		return sandboxFor(new Wanted(session, template, owner, true));
	}

	/**
	 * The sandbox of a session, ready for a call. One that was unused for too long is not
	 * restored: the session begins anew, with nothing of before.
	 */
	public Sandbox freshSandboxOf(String session, SandboxTemplate template, Owner owner) {
		return sandboxFor(new Wanted(session, template, owner, false));
	}

	private Sandbox sandboxFor(Wanted wanted) {
		return reachOrMake(wanted).orElseGet(() -> await(wanted));
	}

	private Sandbox await(Wanted wanted) {
		String what = "the sandbox of session " + wanted.session();
		Instant giveUpAt = this.clock.instant().plus(this.creation.longest());
		try (ChangeWatch changes = new ChangeWatch(this.store, SandboxStore.LEASE_GIVEN_UP)) {
			while (true) {
				Optional<Sandbox> sandbox = reachOrMake(wanted);
				if (sandbox.isPresent()) {
					return sandbox.get();
				}
				if (this.clock.instant().isAfter(giveUpAt)) {
					throw new SandboxUnreachableException(what + " is still being made; try again", null);
				}
				changes.awaitChange(what);
			}
		}
	}

	/** Returns nothing while somebody else makes it. */
	private Optional<Sandbox> reachOrMake(Wanted wanted) {
		Optional<Sandbox> known = find(wanted);
		if (known.isPresent()) {
			return known.map(this::reach);
		}
		return this.leases.take(wanted.lease(), this.creation.longest()).map((held) -> make(wanted, held));
	}

	/** Somebody may have made it between the look and the lease. */
	private Sandbox make(Wanted wanted, KeptLease held) {
		try (held) {
			List<Sandbox> there = all(wanted);
			there.stream()
				.filter((sandbox) -> !wanted.restored() && sandbox.state() == SandboxState.RECYCLED)
				.forEach((idle) -> this.release.release(idle.id()));
			Optional<Sandbox> known = first(there, wanted).or(() -> startedAgain(there));
			return known.isPresent() ? reach(known.get()) : firstOf(wanted, this.creation.acquire(wanted.template(),
					wanted.owner(), new SandboxRequest(wanted.session(), Map.of(), Map.of(), null, null)));
		}
	}

	/**
	 * One that does not start any more would hold its slot for as long as the session is
	 * used.
	 */
	private Optional<Sandbox> startedAgain(List<Sandbox> there) {
		Optional<Sandbox> started = Optional.empty();
		for (Sandbox sandbox : there) {
			boolean stopped = sandbox.state() == SandboxState.STOPPED;
			if (stopped && started.isEmpty() && starts(sandbox)) {
				started = Optional.of(sandbox);
			}
			else if (stopped) {
				this.release.release(sandbox.id());
			}
		}
		return started;
	}

	private boolean starts(Sandbox stopped) {
		try {
			return this.control.start(stopped.id().value());
		}
		catch (EngineUnreachableException ex) {
			throw ex;
		}
		catch (BackendException ex) {
			logger.warn("Sandbox {} of a session does not start again and is replaced: {}", stopped.id(),
					ex.getMessage());
			return false;
		}
	}

	/** A maker that lost its lease may find that it was not the only one. */
	private Sandbox firstOf(Wanted wanted, Sandbox made) {
		Optional<Sandbox> other = find(wanted).filter((first) -> !first.id().equals(made.id()));
		if (other.isEmpty()) {
			return made;
		}
		this.release.release(made.id());
		return reach(other.get());
	}

	private Sandbox reach(Sandbox sandbox) {
		return this.access.reach(sandbox.id().value());
	}

	private Optional<Sandbox> find(Wanted wanted) {
		return first(all(wanted), wanted);
	}

	/** The first to join is the same for all who look. */
	private static Optional<Sandbox> first(List<Sandbox> there, Wanted wanted) {
		return there.stream()
			.filter((sandbox) -> sandbox.state() == SandboxState.RUNNING
					|| (wanted.restored() && sandbox.state() == SandboxState.RECYCLED))
			.findFirst();
	}

	private List<Sandbox> all(Wanted wanted) {
		return this.store.bySession(wanted.session())
			.stream()
			.filter((sandbox) -> sandbox.kind().type().equals(wanted.template().type())
					&& sandbox.owner().equals(wanted.owner()))
			.toList();
	}

	/**
	 * What is asked for.
	 *
	 * @param restored whether a recycled one is as good as one that runs
	 */
	private record Wanted(String session, SandboxTemplate template, Owner owner, boolean restored) {

		String lease() {
			return "session:" + this.template.type() + ":" + this.owner.name() + ":" + this.session;
		}

	}

}
