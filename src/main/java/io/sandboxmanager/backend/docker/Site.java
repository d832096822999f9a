package io.sandboxmanager.backend.docker;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import com.github.dockerjava.api.model.Info;

import io.sandboxmanager.backend.docker.OwnContainer.OwnMount;

/**
 * The engine, and this server's place relative to it.
 *
 * @param engineId the engine's own id
 * @param cpus processor cores that the engine has to give
 */
record Site(String engineId, int cpus, Reach reach, SandboxNetwork network, MountPolicy mounts) {

	private static final Duration FIRST_ANSWER = Duration.ofSeconds(10);

	static Site find(Engine engine, DockerProperties properties, List<OwnMount> known, Path mountinfo) {
		Duration limit = (engine.callTimeout().compareTo(FIRST_ANSWER) < 0) ? engine.callTimeout() : FIRST_ANSWER;
		Info info = engine.call("ask for its id", limit, (client) -> client.infoCmd().exec());
		Optional<OwnContainer> own = OwnContainer.find(engine, mountinfo);
		boolean byOwnAddress = own.isPresent() && !own.get().hostNetwork() && properties.accessHost() == null;
		SandboxNetwork network = new SandboxNetwork(engine, properties.network(),
				byOwnAddress ? own.map(OwnContainer::id) : Optional.empty());
		Reach reach = byOwnAddress ? new Reach.OwnAddress() : Reach.PublishedPort.of(properties);
		int cpus = (info.getNCPU() != null) ? info.getNCPU() : 0;
		return new Site(String.valueOf(info.getId()), cpus, reach, network, new MountPolicy(engine.host(), own, known));
	}

	/** Publishing needs a port of the host. */
	boolean publishes() {
		return this.reach instanceof Reach.PublishedPort;
	}

}
