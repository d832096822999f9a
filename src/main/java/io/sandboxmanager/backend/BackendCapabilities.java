package io.sandboxmanager.backend;

/**
 * What a backend can do.
 *
 * @param bindMounts whether folders of this server can be mounted
 * @param stopAndResume whether a stopped container can be started again
 * @param events whether {@link ContainerBackend#watch} reports exits
 */
public record BackendCapabilities(boolean bindMounts, boolean stopAndResume, boolean events) {
}
