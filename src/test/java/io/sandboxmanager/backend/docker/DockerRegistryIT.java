package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.backend.ImageMissingException;
import io.sandboxmanager.store.MutableClock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** Images out of a registry that wants a login. */
class DockerRegistryIT extends AbstractDockerIT {

	@TempDir
	private Path folder;

	private Process registry;

	private String host;

	private String image;

	private Path login;

	@BeforeEach
	void startRegistry() throws Exception {
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.host = "127.0.0.1:" + free.getLocalPort();
		}
		Path passwords = this.folder.resolve("htpasswd");
		Process htpasswd = new ProcessBuilder("htpasswd", "-Bbc", passwords.toString(), "it", "s3cret").start();
		assertThat(htpasswd.waitFor()).isZero();
		Path config = Files.writeString(this.folder.resolve("registry.yml"), """
				version: 0.1
				log: {level: error}
				storage: {filesystem: {rootdirectory: "%s"}}
				http: {addr: "%s"}
				auth: {htpasswd: {realm: it, path: "%s"}}
				""".formatted(this.folder.resolve("storage"), this.host, passwords));
		this.registry = new ProcessBuilder("docker-registry", "serve", config.toString()).redirectErrorStream(true)
			.redirectOutput(this.folder.resolve("registry.log").toFile())
			.start();
		await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> answer() == 401);
		this.login = Files.createDirectory(this.folder.resolve("login"));
		DockerCli.run(Map.of("DOCKER_CONFIG", this.login.toString()), "login", "-u", "it", "-p", "s3cret", this.host);
		this.image = this.host + "/it/" + UUID.randomUUID() + ":1";
		push("first");
	}

	private int answer() throws IOException {
		return ((HttpURLConnection) URI.create("http://" + this.host + "/v2/").toURL().openConnection())
			.getResponseCode();
	}

	@AfterEach
	void stopRegistry() throws Exception {
		this.registry.destroy();
		this.registry.waitFor();
		String ids = DockerCli.run("images", "-aq", "--filter", "reference=" + this.host + "/it/*");
		ids.lines().distinct().forEach((id) -> DockerCli.run("rmi", "-f", id));
	}

	/** Puts an image into the registry that the engine does not keep. */
	private void push(String content) {
		try {
			Path context = Files.createTempDirectory(this.folder, "context");
			Files.writeString(context.resolve("content"), content);
			Files.writeString(context.resolve("Dockerfile"), "FROM scratch\nCOPY content /content\n");
			DockerCli.run("build", "-q", "-t", this.image, context.toString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		DockerCli.run(Map.of("DOCKER_CONFIG", this.login.toString()), "push", "-q", this.image);
		DockerCli.run("rmi", "-f", this.image);
	}

	private DockerBackend backend(Path dockerConfig) {
		return connect(properties(), dockerConfig, Clock.systemUTC());
	}

	private Path config(String json) throws IOException {
		Path config = Files.createTempDirectory(this.folder, "config");
		Files.writeString(config.resolve("config.json"), json);
		return config;
	}

	@Test
	void arePulledWithTheLoginOfTheDockerCommand() {
		DockerBackend backend = backend(this.login);
		ImageDetails details = backend.prepareImage(this.image);
		assertThat(details.digest()).isEqualTo(DockerCli.run("image", "inspect", "--format", "{{.Id}}", this.image));
	}

	@Test
	void areNotHadWithoutALogin() {
		DockerBackend backend = backend(this.folder.resolve("nothing-here"));
		assertThatExceptionOfType(ImageMissingException.class).isThrownBy(() -> backend.prepareImage(this.image))
			.withMessageContaining(this.image)
			.withMessageContaining("docker login " + this.host);
	}

	@Test
	void areNotHadWithAWrongPassword() throws Exception {
		String wrong = Base64.getEncoder().encodeToString("it:wrong".getBytes(StandardCharsets.UTF_8));
		DockerBackend backend = backend(config("{\"auths\":{\"" + this.host + "\":{\"auth\":\"" + wrong + "\"}}}"));
		assertThatExceptionOfType(ImageMissingException.class).isThrownBy(() -> backend.prepareImage(this.image))
			.withMessageContaining("docker login " + this.host);
	}

	@Test
	void arePulledWithWhatACredentialHelperTells() throws Exception {
		Path helper = Files.writeString(this.folder.resolve("docker-credential-it"), """
				#!/bin/sh
				read server
				[ "$1 $server" = "get %s" ] || exit 1
				echo '{"ServerURL":"%s","Username":"it","Secret":"s3cret"}'
				""".formatted(this.host, this.host));
		Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
		RegistryCredentials credentials = new RegistryCredentials(
				config("{\"credHelpers\":{\"" + this.host + "\":\"it\"}}"), List.of(this.folder));
		assertThat(credentials.find(this.host)).hasValueSatisfying((found) -> {
			assertThat(found.getUsername()).isEqualTo("it");
			assertThat(found.getPassword()).isEqualTo("s3cret");
		});
		assertThat(credentials.find("other.example")).isEmpty();
	}

	@Test
	void thatTheRegistryDoesNotHaveAreNamed() {
		DockerBackend backend = backend(this.login);
		String absent = this.host + "/it/absent:1";
		assertThatExceptionOfType(ImageMissingException.class).isThrownBy(() -> backend.prepareImage(absent))
			.withMessageContaining(absent)
			.withMessageContaining("bin/build-images");
	}

	@Test
	void arePulledOnceForAllWhoWait() throws Exception {
		try (EngineProxy proxy = EngineProxy.start()) {
			DockerBackend backend = connect(properties(proxy.host()), this.login, Clock.systemUTC());
			List<CompletableFuture<ImageDetails>> all = IntStream.range(0, 4)
				.mapToObj((i) -> CompletableFuture.supplyAsync(() -> backend.prepareImage(this.image)))
				.toList();
			for (CompletableFuture<ImageDetails> each : all) {
				assertThat(each.get(60, TimeUnit.SECONDS).reference()).isEqualTo(this.image);
			}
			assertThat(proxy.requests().stream().filter("POST /images/create"::equals).count()).isEqualTo(1);
		}
	}

	@Test
	void haveAnotherDigestWhenTheyHaveChanged() {
		MutableClock clock = new MutableClock(Instant.EPOCH);
		DockerBackend backend = connect(properties(), this.login, clock);
		String first = backend.prepareImage(this.image).digest();
		push("second");
		clock.advance(ImageStore.FRESH);
		String second = backend.prepareImage(this.image).digest();
		assertThat(second).isNotEqualTo(first);
		assertThat(second).isEqualTo(DockerCli.run("image", "inspect", "--format", "{{.Id}}", this.image));
	}

	@Test
	void canBePinnedByDigest() {
		DockerBackend backend = backend(this.login);
		backend.prepareImage(this.image);
		String pinned = DockerCli.run("image", "inspect", "--format", "{{index .RepoDigests 0}}", this.image);
		DockerCli.run("rmi", "-f", this.image, pinned);
		assertThat(backend.prepareImage(pinned).reference()).isEqualTo(pinned);
	}

}
