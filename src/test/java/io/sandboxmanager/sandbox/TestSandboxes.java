package io.sandboxmanager.sandbox;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import io.sandboxmanager.sandbox.Sandbox.Kind;

/** Sandboxes for tests, in any state. */
public final class TestSandboxes {

	public static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

	public static final Duration IDLE = Duration.ofMinutes(5);

	public static final Duration LIFETIME = Duration.ofHours(24);

	public static final String HASH = "hash-1";

	private TestSandboxes() {
	}

	public static Sandbox provisioning(String type, Owner owner) {
		SandboxId id = SandboxId.random();
		Kind kind = new Kind(type, "image-of-" + type, HASH, Duration.ofSeconds(60));
		return Sandbox.begin(id, "test-" + id, kind, owner, SandboxRequest.PLAIN, new Workspace(null, null), NOW,
				NOW.plusSeconds(180));
	}

	public static Sandbox placed(String type, Owner owner) {
		Sandbox begun = provisioning(type, owner);
		return begun.placed(placement("container-of-" + begun.id()), NOW);
	}

	public static Sandbox warm(String type) {
		return placed(type, Owner.POOL).warm(NOW);
	}

	public static Sandbox running(String type, String session) {
		return placed(type, Owner.ANONYMOUS).claimed(claim(session, NOW));
	}

	public static Placement placement(String ref) {
		return new Placement("engine-1", ref, new Endpoint(URI.create("http://127.0.0.1:49152")));
	}

	public static Claim claim(String session, Instant now) {
		return new Claim(Owner.ANONYMOUS, request(session), now, IDLE, LIFETIME);
	}

	public static SandboxRequest request(String session) {
		return new SandboxRequest(session, Map.of(), Map.of("session_ctx_id", session), null, null);
	}

}
