package io.sandboxmanager.api;

import java.time.Instant;
import java.util.Locale;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import io.sandboxmanager.sandbox.Sandbox;

/**
 * A sandbox as callers see it.
 *
 * @param name what all calls about it take
 * @param state where it stands in its life, in lower case
 * @param session the session that it belongs to, if any
 * @param createdAt ISO 8601, as all times
 * @param expiresAt the end of its longest lifetime, if it has one
 * @param proxy path on this server below which it is reached
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record SandboxModel(String id, String name, String type, String state, @Nullable String session, Instant createdAt,
		@Nullable Instant expiresAt, String proxy) {

	static SandboxModel of(Sandbox sandbox) {
		return new SandboxModel(sandbox.id().value(), sandbox.name(), sandbox.kind().type(),
				sandbox.state().name().toLowerCase(Locale.ROOT), sandbox.session(), sandbox.timeline().createdAt(),
				sandbox.timeline().expiresAt(), "/proxy/" + sandbox.name() + "/");
	}

}
