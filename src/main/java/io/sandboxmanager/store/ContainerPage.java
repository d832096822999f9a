package io.sandboxmanager.store;

import java.util.Map;
import java.util.Optional;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * Some of the containers that records count on.
 *
 * @param records by the engine's name of the container
 * @param next where the next page begins, empty after the last one
 */
public record ContainerPage(Map<String, SandboxId> records, Optional<String> next) {
}
