package io.sandboxmanager.backend;

import java.time.Instant;
import java.util.Map;

/**
 * A container in a list.
 *
 * @param ref the engine's own name for it
 * @param createdAt when the engine made it
 */
public record ContainerSummary(String ref, String name, Map<String, String> labels, ContainerStatus status,
		Instant createdAt) {
}
