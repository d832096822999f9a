package io.sandboxmanager.backend.docker;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.sandbox.IsolationProfile;

/**
 * The part of a server that {@link ServerInContainerIT} runs in a container: it starts a
 * sandbox with a folder of its own mounted, waits for the agent, prints where that
 * answers, and removes the sandbox when its standard input ends.
 */
final class ServerInContainer {

	private ServerInContainer() {
	}

	public static void main(String[] args) throws Exception {
		String network = args[0];
		String label = args[1];
		Path workspace = Path.of(args[2]);
		DockerProperties properties = new DockerProperties(null, network, List.of(), "127.0.0.1", null, null, false,
				Duration.ofSeconds(30), Duration.ofMinutes(1));
		try (DockerBackend backend = DockerBackend.connect(properties)) {
			ContainerHandle handle = backend
				.start(new ContainerSpec("it-inner-" + label, AbstractDockerIT.IMAGE, Map.of(),
						Map.of("io.sandboxmanager.test", label), AbstractDockerIT.SMALL, IsolationProfile.COMPATIBLE,
						80, List.of(new ContainerSpec.Mount(workspace.toString(), "/workspace", false))));
			AbstractDockerIT.awaitPort(handle.endpoint());
			System.out.println("READY " + handle.ref() + " " + handle.endpoint());
			System.in.transferTo(OutputStream.nullOutputStream());
			backend.remove(handle.ref());
		}
	}

}
