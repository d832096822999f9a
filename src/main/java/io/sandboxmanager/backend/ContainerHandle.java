package io.sandboxmanager.backend;

import io.sandboxmanager.sandbox.Endpoint;

/**
 * A container that runs.
 *
 * @param ref the engine's own name for it, opaque to all but the backend
 * @param endpoint where its agent answers
 */
public record ContainerHandle(String ref, Endpoint endpoint) {
}
