package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/** The conformance kits, on sandboxes that are processes of this machine. */
class LocalWireIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	private static ServerProcess server(String... settings) {
		return servers.server(settings).set("CONTAINER_DEPLOYMENT", "local").start();
	}

	@TestFactory
	Stream<DynamicTest> agentScopeWireWithAToken() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN);
		return check(server, Kit.agentScopeWire(server, "--strict"));
	}

	@TestFactory
	Stream<DynamicTest> agentScopeWireWithoutAToken() {
		ServerProcess server = server();
		return check(server, Kit.agentScopeWire(server, "--strict"));
	}

	@TestFactory
	Stream<DynamicTest> agentScopeWireRecycling() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN, "HEARTBEAT_TIMEOUT", "4");
		return check(server,
				Kit.agentScopeWire(server, "--strict", "--heartbeat-timeout", "4", "--only", "*recycled*"));
	}

	@TestFactory
	Stream<DynamicTest> agentWireThroughTheRelay() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN);
		JsonNode sandbox = server.api().info(server.api().acquire());
		return check(server,
				Kit.agentWire(sandbox.path("url").asString(), sandbox.path("runtime_token").asString(), "--strict"));
	}

	@TestFactory
	Stream<DynamicTest> agentWireThroughTheProxy() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN);
		String address = server.address() + "/proxy/" + server.api().acquire();
		return check(server, Kit.agentWire(address, TOKEN, "--strict", "--prefix", "", "--via-proxy"));
	}

	@Test
	void relayIsOpenedByTheSandboxesOwnTokenAndNothingElse() {
		Api api = server("BEARER_TOKEN", TOKEN).api();
		JsonNode mine = api.info(api.create());
		String token = mine.path("runtime_token").asString();
		String other = api.info(api.create()).path("runtime_token").asString();
		String path = mine.path("url").asString() + "/fastapi/healthz";
		assertThat(get(path, token).statusCode()).isEqualTo(200);
		String refusal = get(path, other).body();
		String nobody = path.replaceFirst("/local/.*?/", "/local/" + "a".repeat(25) + "/");
		for (HttpResponse<String> refused : List.of(get(path, other), get(path, TOKEN), get(nobody, token))) {
			assertThat(refused.statusCode()).isEqualTo(403);
			assertThat(refused.body()).isEqualTo(refusal).doesNotContain(token);
		}
		api.release(mine.path("container_name").asString());
		assertThat(get(path, token).statusCode()).isEqualTo(403);
	}

	@Test
	void commandsRunAndStopAndGoOnInTheSameWorkspace() {
		ServerProcess server = server("POOL_SIZE", "0");
		String sandbox = server.api().create();
		server.api().shell(sandbox, "echo kept > /workspace/file; echo lost > /tmp/file");
		assertThat(Api.data(server.api().call("/stop", Map.of("identity", sandbox))).asBoolean()).isTrue();
		assertThat(Api.data(server.api().call("/start", Map.of("identity", sandbox))).asBoolean()).isTrue();
		assertThat(server.api().shell(sandbox, "cat /workspace/file; ls /tmp")).isEqualTo("kept\n");
	}

	@Test
	void clientsOfOtherBackendsAreNotLoaded() {
		assertThat(classesOf("local")).contains("io.sandboxmanager.backend.local.LocalBackend")
			.doesNotContain("com.github.dockerjava");
		assertThat(classesOf("docker")).contains("com.github.dockerjava").doesNotContain("backend.local.Supervisor");
	}

	/** All that a server has loaded when it answers. */
	private static String classesOf(String backend) {
		ServerProcess server = servers.server("CONTAINER_DEPLOYMENT", backend, "POOL_SIZE", "0", "JDK_JAVA_OPTIONS",
				"-Xlog:class+load:file=classes.log");
		server.start();
		try {
			return Files.readString(server.folder().resolve("classes.log"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			server.stop();
		}
	}

	private static HttpResponse<String> get(String url, String token) {
		try {
			HttpRequest request = HttpRequest.newBuilder(URI.create(url))
				.header("Authorization", "Bearer " + token)
				.build();
			return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private static Stream<DynamicTest> check(ServerProcess server, Kit kit) {
		if (!kit.passed()) {
			Servers.show(server);
		}
		return kit.tests();
	}

}
