package io.sandboxmanager.backend.docker;

import java.util.List;
import java.util.Map;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.RestartPolicy;

import io.sandboxmanager.sandbox.IsolationProfile;

/** What a container may do, as host configuration. */
enum Confinement {

	/** The image's user is not root, and nothing in it can become root. */
	STRICT {

		@Override
		void restrict(HostConfig host) {
			host.withCapDrop(Capability.ALL).withSecurityOpts(List.of("no-new-privileges:true"));
		}

	},

	/** Root inside, as far as the engine's default capabilities go. */
	COMPATIBLE {

		@Override
		void restrict(HostConfig host) {
			host.withCapDrop(Capability.NET_RAW);
		}

	};

	/** What a container writes to its standard output must not fill the host's disk. */
	private static final LogConfig BOUNDED_LOG = new LogConfig(LogConfig.LoggingType.JSON_FILE,
			Map.of("max-size", "10m", "max-file", "1"));

	static Confinement of(IsolationProfile profile, DockerImage image) {
		return switch (profile) {
			case STRICT -> STRICT;
			case COMPATIBLE -> COMPATIBLE;
			case AUTO -> image.strict() ? STRICT : COMPATIBLE;
		};
	}

	abstract void restrict(HostConfig host);

	/**
	 * Applies it and what every container gets. No init process is put before the image's
	 * own: our agent and the supervisor of the official images both are made to be the
	 * first process.
	 */
	HostConfig apply(HostConfig host) {
		restrict(host);
		return host.withPrivileged(false)
			.withInit(false)
			.withAutoRemove(false)
			.withRestartPolicy(RestartPolicy.noRestart())
			.withLogConfig(BOUNDED_LOG);
	}

}
