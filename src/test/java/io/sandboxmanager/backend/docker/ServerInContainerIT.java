package io.sandboxmanager.backend.docker;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** A server that itself runs in a container of the engine. */
class ServerInContainerIT extends AbstractDockerIT {

	private static final String NETWORK = "sandbox-manager-it-inner";

	@TempDir
	private Path folder;

	@AfterEach
	void removeNetworks() {
		for (String name : DockerCli.run("network", "ls", "--format", "{{.Name}}").lines().toList()) {
			if (name.startsWith(NETWORK)) {
				DockerCli.run("network", "rm", name);
			}
		}
	}

	/** This test's own Java and classes, in a container. */
	private Process server(String... options) throws Exception {
		Set<String> mounts = new LinkedHashSet<>();
		mounts.add(Path.of(System.getProperty("java.home")).toRealPath().toString());
		for (String each : System.getProperty("java.class.path").split(":", -1)) {
			mounts.add(Path.of(each).toRealPath().toString());
		}
		mounts.add("/var/run/docker.sock");
		// Debian keeps the configuration of its Java apart.
		Arrays.stream(Path.of("/etc").toFile().list((etc, name) -> name.startsWith("java-")))
			.forEach((name) -> mounts.add("/etc/" + name));
		List<String> command = new ArrayList<>(List.of("docker", "run", "-i", "--rm", "--label",
				"io.sandboxmanager.test=" + labels().get("io.sandboxmanager.test")));
		mounts.forEach((path) -> command.addAll(List.of("-v", path + ":" + path + ":ro")));
		command.addAll(List.of("-v", this.folder + ":/server/files"));
		command.addAll(List.of(options));
		command.addAll(List.of(IMAGE, Path.of(System.getProperty("java.home")).toRealPath() + "/bin/java", "-cp",
				System.getProperty("java.class.path"), ServerInContainer.class.getName(), NETWORK,
				labels().get("io.sandboxmanager.test"), "/server/files/work"));
		Files.createDirectory(this.folder.resolve("work"));
		return new ProcessBuilder(command).redirectErrorStream(true).start();
	}

	private static String ready(Process server) throws Exception {
		StringBuilder said = new StringBuilder();
		BufferedReader lines = new BufferedReader(
				new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
		for (String line = lines.readLine(); line != null; line = lines.readLine()) {
			if (line.startsWith("READY ")) {
				return line.substring("READY ".length());
			}
			said.append(line).append('\n');
		}
		throw new AssertionError("the server did not get ready:\n" + said);
	}

	@Test
	void reachesASandboxByItsOwnAddressAndMountsWhatTheHostCallsItsFolder() throws Exception {
		Process server = server();
		String[] ready = ready(server).split(" ", -1);
		String address = DockerCli.run("inspect", "--format",
				"{{range $name, $net := .NetworkSettings.Networks}}{{$name}} {{$net.IPAddress}}{{end}}", ready[0]);
		assertThat(NETWORK + "-shared " + ready[1]).isEqualTo(address.replace(" ", " http://") + ":80");
		assertThat(DockerCli.run("inspect", "--format", "{{json .HostConfig.PortBindings}}", ready[0])).isIn("{}",
				"null");
		DockerCli.run("exec", ready[0], "touch", "/workspace/made-inside");
		assertThat(this.folder.resolve("work/made-inside")).exists();
		server.getOutputStream().close();
		assertThat(server.waitFor()).isZero();
	}

	@Test
	void onTheHostsNetworkReachesASandboxByAPublishedPort() throws Exception {
		Process server = server("--network", "host");
		String[] ready = ready(server).split(" ", -1);
		assertThat(ready[1]).startsWith("http://127.0.0.1:");
		assertThat(DockerCli.run("inspect", "--format",
				"{{range $name, $net := .NetworkSettings.Networks}}{{$name}}{{end}}", ready[0]))
			.isEqualTo(NETWORK);
		DockerCli.run("exec", ready[0], "touch", "/workspace/made-inside");
		assertThat(this.folder.resolve("work/made-inside")).exists();
		server.getOutputStream().close();
		assertThat(server.waitFor()).isZero();
	}

}
