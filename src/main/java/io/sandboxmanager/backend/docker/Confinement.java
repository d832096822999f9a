package io.sandboxmanager.backend.docker;

import java.util.List;
import java.util.Map;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.RestartPolicy;

import io.sandboxmanager.sandbox.IsolationProfile;

/**
 * What a container may do, as host configuration.
 *
 * @param strict whether the image's user is not root and nothing in it can become root;
 * otherwise there is root inside, as far as the engine's default capabilities go
 * @param userNamespaces whether it may make user namespaces, which the engine's own
 * seccomp profile refuses; only a strict one ever may
 * @param privileged whether it may do all that the engine's host may
 */
record Confinement(boolean strict, boolean userNamespaces, boolean privileged) {

	/** What a container writes to its standard output must not fill the host's disk. */
	private static final LogConfig BOUNDED_LOG = new LogConfig(LogConfig.LoggingType.JSON_FILE,
			Map.of("max-size", "10m", "max-file", "1"));

	static Confinement of(IsolationProfile profile, DockerImage image) {
		boolean strict = switch (profile) {
			case STRICT -> true;
			case COMPATIBLE, ANDROID -> false;
			case AUTO -> image.strict();
		};
		return new Confinement(strict, strict && image.userNamespaces(), profile == IsolationProfile.ANDROID);
	}

	/**
	 * Applies it and what every container gets. No init process is put before the image's
	 * own: our agent and the supervisor of the official images both are made to be the
	 * first process.
	 */
	HostConfig apply(HostConfig host) {
		if (this.strict) {
			host.withCapDrop(Capability.ALL)
				.withSecurityOpts(this.userNamespaces ? List.of("no-new-privileges:true", SeccompProfile.option())
						: List.of("no-new-privileges:true"));
		}
		else if (!this.privileged) {
			host.withCapDrop(Capability.NET_RAW);
		}
		return host.withPrivileged(this.privileged)
			.withInit(false)
			.withAutoRemove(false)
			.withRestartPolicy(RestartPolicy.noRestart())
			.withLogConfig(BOUNDED_LOG);
	}

}
