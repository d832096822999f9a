package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.util.List;

import io.sandboxmanager.backend.AbstractContainerBackendTests;
import io.sandboxmanager.backend.ContainerBackend;

/** The contract on a real engine. */
class DockerBackendIT extends AbstractContainerBackendTests {

	@Override
	protected ContainerBackend createBackend() {
		return DockerBackend.connect(new DockerProperties(null, "sandbox-manager-it", List.of(), "127.0.0.1", null,
				null, false, Duration.ofSeconds(30), Duration.ofMinutes(5)));
	}

	@Override
	protected String image() {
		return "conf/runtime-sandbox-base:latest";
	}

	@Override
	protected String missingImage() {
		return "127.0.0.1:1/no/such-image:1";
	}

	@Override
	protected void say(String ref, String line) {
		DockerCli.run("exec", ref, "sh", "-c", "echo '" + line + "' > /proc/1/fd/1");
	}

	@Override
	protected void kill(String ref) {
		DockerCli.run("kill", ref);
	}

}
