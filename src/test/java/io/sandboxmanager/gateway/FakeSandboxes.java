package io.sandboxmanager.gateway;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.Workspace;

/** Sandboxes that are records only; counts what is open to them. */
public class FakeSandboxes implements SandboxAccess {

	private final Map<String, Sandbox> records = new ConcurrentHashMap<>();

	private final Map<String, Supplier<Sandbox>> sessions = new ConcurrentHashMap<>();

	private final Map<SandboxId, String> replacements = new ConcurrentHashMap<>();

	private final Set<SandboxId> answered = ConcurrentHashMap.newKeySet();

	private final AtomicInteger activities = new AtomicInteger();

	/** A running sandbox that answers at an address. */
	public Sandbox add(URI url) {
		return add(url, "base");
	}

	/** A running sandbox of a type. */
	public Sandbox add(URI url, String type) {
		Instant now = Instant.EPOCH;
		SandboxId id = SandboxId.random();
		Sandbox.Kind kind = new Sandbox.Kind(type, "image", "hash", Duration.ofMinutes(1));
		Claim claim = new Claim(Owner.ANONYMOUS, SandboxRequest.PLAIN, now, Duration.ZERO, Duration.ZERO);
		return put(Sandbox
			.begin(id, "box_" + id, kind, Owner.POOL, SandboxRequest.PLAIN, new Workspace(null, null), now, now)
			.placed(new Placement("engine", "ref", new Endpoint(url)), now)
			.warm(now)
			.claimed(claim));
	}

	/** Gives a session a sandbox, or whatever happens instead. */
	public void bind(String session, Supplier<Sandbox> sandbox) {
		this.sessions.put(session, sandbox);
	}

	/** The sandbox of a session. */
	public Sandbox sandboxOf(String session, Owner owner) {
		return Objects.requireNonNull(this.sessions.get(session), "nobody bound this session").get();
	}

	/** Replaces the record. */
	public Sandbox put(Sandbox sandbox) {
		this.records.put(sandbox.name(), sandbox);
		this.records.put(sandbox.id().value(), sandbox);
		return sandbox;
	}

	public int activities() {
		return this.activities.get();
	}

	@Override
	public Sandbox reach(String identity) {
		Sandbox sandbox = find(identity);
		if (sandbox.state() != SandboxState.RUNNING) {
			throw new SandboxUnavailableException(sandbox.id(), sandbox.state());
		}
		return sandbox;
	}

	@Override
	public Sandbox find(String identity) {
		Sandbox sandbox = this.records.get(identity);
		if (sandbox == null) {
			throw new SandboxNotFoundException(identity);
		}
		return sandbox;
	}

	@Override
	public Optional<Sandbox> insteadOf(Sandbox unreached) {
		return Optional.ofNullable(this.replacements.get(unreached.id())).map((name) -> reach(name));
	}

	@Override
	public void answered(Sandbox sandbox) {
		this.answered.add(sandbox.id());
	}

	/** From now on one sandbox takes the place of another that cannot be connected to. */
	public void replace(Sandbox dead, Sandbox replacement) {
		this.replacements.put(dead.id(), replacement.name());
	}

	/** The sandboxes that have done what they were called for. */
	public Set<SandboxId> answered() {
		return this.answered;
	}

	@Override
	public Activity begin(Sandbox sandbox) {
		this.activities.incrementAndGet();
		return this.activities::decrementAndGet;
	}

}
