package io.sandboxmanager.runtime;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;

import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.Workspace;

/** Sandboxes at an address. */
final class Sandboxes {

	private Sandboxes() {
	}

	static Sandbox at(URI url, Duration timeout) {
		return unplaced(timeout).placed(new Placement("engine", "ref", new Endpoint(url)), Instant.EPOCH);
	}

	static Sandbox unplaced(Duration timeout) {
		SandboxId id = SandboxId.random();
		Sandbox.Kind kind = new Sandbox.Kind("base", "image:latest", "hash", timeout);
		return Sandbox.begin(id, "test_" + id, kind, Owner.ANONYMOUS, SandboxRequest.PLAIN, new Workspace(null, null),
				Instant.EPOCH, Instant.EPOCH);
	}

}
