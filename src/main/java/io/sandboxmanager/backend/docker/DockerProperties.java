package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the Docker engine is used.
 *
 * @param host address of the engine, or {@code null} for {@code DOCKER_HOST} or the
 * default socket
 * @param network name of the network that sandboxes get
 * @param portRange first host port and the one after the last, or empty for any free port
 * @param publishAddress host address that ports are published on
 * @param accessHost host name under which published ports are reached, or {@code null}
 * for the publish address
 * @param runtime the OCI runtime, {@code runc}, {@code runsc} or another that the engine
 * knows, or {@code null} for the engine's default
 * @param allowPrivileged whether a type may ask for privileged containers
 * @param callTimeout limit of one call to the engine
 * @param pullTimeout limit of one pull of an image
 */
@ConfigurationProperties("sandbox-manager.docker")
public record DockerProperties(@Nullable String host, @DefaultValue("sandbox-manager") String network,
		@DefaultValue List<Integer> portRange, @DefaultValue("127.0.0.1") String publishAddress,
		@Nullable String accessHost, @Nullable String runtime, @DefaultValue("false") boolean allowPrivileged,
		@DefaultValue("30s") Duration callTimeout, @DefaultValue("30m") Duration pullTimeout) {
}
