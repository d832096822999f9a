package io.sandboxmanager.agentscope;

import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;

/**
 * A sandbox as the AgentScope wire shows it: twenty members in this order. Times are Unix
 * seconds with a fraction.
 */
@JsonPropertyOrder({ "session_id", "container_id", "container_name", "url", "ports", "mount_dir", "storage_path",
		"runtime_token", "version", "meta", "timeout", "sandbox_type", "state", "session_ctx_id", "last_active_at",
		"recycled_at", "released_at", "updated_at", "recycle_reason", "redirect_to" })
record ContainerModel(String sessionId, String containerId, String containerName, String url, List<Integer> ports,
		@Nullable String mountDir, @Nullable String storagePath, String runtimeToken, String version,
		Map<String, Object> meta, long timeout, String sandboxType, String state, @Nullable String sessionCtxId,
		@Nullable Double lastActiveAt, @Nullable Double recycledAt, @Nullable Double releasedAt, Double updatedAt,
		@Nullable String recycleReason, @Nullable String redirectTo) {

	static final String SESSION_KEY = "session_ctx_id";

	/**
	 * The model of a sandbox.
	 * @param address where callers reach it; asked only when it has a container
	 */
	static ContainerModel of(Sandbox sandbox, Function<Sandbox, URI> address) {
		Placement placement = sandbox.placement();
		URI url = (placement != null) ? address.apply(sandbox) : null;
		boolean unbound = isGivenBack(sandbox) && sandbox.successor() == null;
		String session = unbound ? null : sandbox.request().session();
		return new ContainerModel(sandbox.id().value(), Objects.requireNonNullElse(sandbox.containerRef(), ""),
				sandbox.name(), (url != null) ? url.toString() : "",
				(url != null) ? List.of(new Endpoint(url).port()) : List.of(), sandbox.workspace().directory(),
				sandbox.workspace().storagePath(), sandbox.token().secret(), sandbox.kind().image(),
				unbound ? withoutSession(sandbox.request().meta()) : sandbox.request().meta(),
				sandbox.kind().timeout().toSeconds(), typeName(sandbox), state(sandbox), session,
				(session != null) ? seconds(sandbox.timeline().lastActiveAt()) : null,
				seconds(sandbox.timeline().recycledAt()), seconds(sandbox.timeline().releasedAt()),
				toSeconds(sandbox.timeline().updatedAt()), sandbox.reason(), redirect(sandbox));
	}

	private static String state(Sandbox sandbox) {
		return switch (sandbox.state()) {
			case PROVISIONING, WARM -> "warm";
			case RUNNING, STOPPED -> (sandbox.request().session() != null) ? "running" : "warm";
			case RECYCLED -> "recycled";
			case REPLACED -> "replaced";
			case RELEASING, RELEASED -> "released";
			case FAILED -> "error";
		};
	}

	/** The type as the caller wrote it. */
	private static String typeName(Sandbox sandbox) {
		String written = sandbox.request().typeName();
		return (written != null) ? written : sandbox.kind().type();
	}

	private static boolean isGivenBack(Sandbox sandbox) {
		return sandbox.state() == SandboxState.RELEASING || sandbox.state() == SandboxState.RELEASED;
	}

	private static Map<String, Object> withoutSession(Map<String, Object> meta) {
		Map<String, Object> rest = new LinkedHashMap<>(meta);
		rest.remove(SESSION_KEY);
		return rest;
	}

	/** The successor's name: it has the prefix that this one's name has. */
	private static @Nullable String redirect(Sandbox sandbox) {
		SandboxId successor = sandbox.redirect();
		return (successor != null) ? sandbox.name().replace(sandbox.id().value(), successor.value()) : null;
	}

	private static @Nullable Double seconds(@Nullable Instant time) {
		return (time != null) ? toSeconds(time) : null;
	}

	private static double toSeconds(Instant time) {
		return time.getEpochSecond() + time.getNano() / 1e9;
	}

}
