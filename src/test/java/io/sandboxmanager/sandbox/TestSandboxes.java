package io.sandboxmanager.sandbox;

import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
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

	/** A warm one that an owner has used before. */
	public static Sandbox used(String type, Owner owner) {
		SandboxId id = SandboxId.random();
		return placed(type, Owner.ANONYMOUS).claimed(new Claim(owner, request("s"), NOW, IDLE, LIFETIME))
			.again(id, "test-" + id, NOW);
	}

	/** A running one about which everything is known. */
	public static Sandbox full(String session) {
		SandboxRequest request = new SandboxRequest(session, Map.of("NAME", "a=b\n", "\u00e9", ""), meta(session),
				"/srv/caller", "bucket/caller", "alias");
		Sandbox begun = provisioning("base", new Owner("somebody"));
		Timeline timeline = new Timeline(NOW, NOW.plusNanos(1), NOW.plusNanos(12), NOW.plusNanos(123),
				NOW.plusNanos(1234), NOW.plusNanos(12345), NOW.plus(LIFETIME), NOW.plus(IDLE).plusNanos(1));
		return new Sandbox(begun.id(), begun.name(),
				new Kind("base", "image", HASH + "@sha256:0", Duration.ofNanos(60_000_000_001L)), begun.owner(),
				begun.token(), request, new Workspace("/srv/work space", "bucket/key"), SandboxState.RUNNING,
				placement("container-of-" + begun.id()), "former", timeline, "a reason", SandboxId.random(),
				new Sandbox.Reuse(3, new Owner("somebody")), true, 0);
	}

	private static Map<String, Object> meta(String session) {
		Map<String, Object> meta = new LinkedHashMap<>();
		meta.put("session_ctx_id", session);
		meta.put("list", Arrays.asList(1, null, "two", 3.5, true, Long.MAX_VALUE));
		meta.put("big", new BigInteger("123456789012345678901234567890"));
		meta.put("nested", Map.of("\u6c99\u7bb1", Map.of()));
		meta.put("nothing", null);
		return meta;
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
