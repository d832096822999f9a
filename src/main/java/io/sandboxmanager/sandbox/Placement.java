package io.sandboxmanager.sandbox;

/**
 * Where a sandbox's container is.
 *
 * @param engineId the engine that holds it; only a server on that engine touches it
 * @param ref the engine's own name for it, opaque to all but the backend
 * @param endpoint where its agent answers
 */
public record Placement(String engineId, String ref, Endpoint endpoint) {
}
