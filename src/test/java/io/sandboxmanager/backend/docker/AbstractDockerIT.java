package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;

import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;

import static org.awaitility.Awaitility.await;

/** What the tests on a real engine share. Nothing but their network is left. */
abstract class AbstractDockerIT {

	static final String IMAGE = "conf/runtime-sandbox-base:latest";

	static final Resources SMALL = new Resources(256 << 20, 1, 128, null, 0);

	private final Map<String, String> labels = Map.of("io.sandboxmanager.test", UUID.randomUUID().toString());

	private final List<DockerBackend> backends = new ArrayList<>();

	private final List<String> images = new ArrayList<>();

	@AfterEach
	void cleanUp() {
		try (DockerBackend cleaner = DockerBackend.connect(properties())) {
			cleaner.list(this.labels).forEach((container) -> cleaner.remove(container.ref()));
		}
		this.backends.forEach(DockerBackend::close);
		this.images.forEach((image) -> DockerCli.run("rmi", "-f", image));
	}

	static DockerProperties properties() {
		return new DockerProperties(null, "sandbox-manager-it", List.of(), "127.0.0.1", null, null, false,
				Duration.ofSeconds(30), Duration.ofMinutes(5));
	}

	static DockerProperties properties(String host) {
		return new DockerProperties(host, "sandbox-manager-it", List.of(), "127.0.0.1", null, null, false,
				Duration.ofSeconds(30), Duration.ofMinutes(5));
	}

	static DockerProperties properties(String host, Duration callTimeout) {
		return new DockerProperties(host, "sandbox-manager-it", List.of(), "127.0.0.1", null, null, false, callTimeout,
				Duration.ofMinutes(5));
	}

	DockerBackend connect(DockerProperties properties) {
		return connect(properties, RegistryCredentials.defaultFolder(), Clock.systemUTC());
	}

	DockerBackend connect(DockerProperties properties, Path dockerConfig, Clock clock) {
		DockerBackend backend = DockerBackend.connect(properties, Map.of(), dockerConfig, clock);
		this.backends.add(backend);
		return backend;
	}

	Map<String, String> labels() {
		return this.labels;
	}

	ContainerSpec spec() {
		return spec(IMAGE, SMALL, IsolationProfile.COMPATIBLE);
	}

	ContainerSpec spec(String image, Resources resources, IsolationProfile profile, ContainerSpec.Mount... mounts) {
		return new ContainerSpec("it-" + UUID.randomUUID(), image, Map.of("SECRET_TOKEN", "s3cret"), this.labels,
				resources, profile, 80, List.of(mounts));
	}

	/** Builds an image from the lines of a Dockerfile; it is removed after the test. */
	String build(String... dockerfile) {
		String name = "it-" + UUID.randomUUID() + ":1";
		DockerCli.input(String.join("\n", dockerfile), "build", "-q", "-t", name, "-");
		this.images.add(name);
		return name;
	}

	/** Whatever the engine has of this test, ours or not. */
	List<String> leftovers() {
		String found = DockerCli.run("ps", "-aq", "--no-trunc", "--filter",
				"label=io.sandboxmanager.test=" + this.labels.get("io.sandboxmanager.test"));
		return found.isEmpty() ? List.of() : found.lines().toList();
	}

	static String exec(ContainerHandle handle, String script) {
		return DockerCli.run("exec", handle.ref(), "sh", "-c", script);
	}

	static String inspect(ContainerHandle handle, String template) {
		return DockerCli.run("inspect", "--format", template, handle.ref());
	}

	static void awaitPort(Endpoint endpoint) {
		await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
			try (Socket socket = new Socket()) {
				socket.connect(new InetSocketAddress(endpoint.url().getHost(), endpoint.port()), 1000);
				socket.setSoTimeout(1000);
				socket.getOutputStream()
					.write("GET /fastapi/healthz HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
				return socket.getInputStream().read() == 'H';
			}
			catch (IOException ex) {
				return false;
			}
		});
	}

}
