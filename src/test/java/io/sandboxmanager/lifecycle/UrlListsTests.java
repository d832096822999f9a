package io.sandboxmanager.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.pool.OnMiss;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class UrlListsTests {

	@TempDir
	private Path folder;

	@ParameterizedTest
	@ValueSource(strings = { "BROWSER_URL_ALLOWLIST", "BROWSER_URL_BLOCKLIST", "AGENT_BROWSER_POLICIES" })
	void whatATypeSetsNoCallerReplaces(String name) throws IOException {
		try (World world = world("types: { base: { image: image, env: { BROWSER_URL_BLOCKLIST: intranet } } }")) {
			for (String way : new String[] { "create", "acquire" }) {
				assertThatExceptionOfType(InvalidSandboxRequestException.class)
					.isThrownBy(() -> make(world, way, Map.of(name, "")))
					.withMessageContaining("must not set " + name + ": the type base");
			}
			assertThat(world.backend.size()).isZero();
			assertThat(make(world, "create", Map.of("OTHER", "x")).request().environment()).containsKey("OTHER");
		}
	}

	@Test
	void whereATypeSetsNoListsACallerMay() throws IOException {
		try (World world = world("types: { base: { image: image, env: { A: b } } }")) {
			assertThat(make(world, "create", Map.of("BROWSER_URL_ALLOWLIST", "a.example")).request().environment())
				.containsEntry("BROWSER_URL_ALLOWLIST", "a.example");
		}
	}

	private World world(String catalogue) throws IOException {
		Path file = Files.writeString(this.folder.resolve("types.yaml"), catalogue);
		return new World(this.folder.resolve("world"), 0, file, OnMiss.CREATE);
	}

	private static Sandbox make(World world, String way, Map<String, String> environment) {
		SandboxRequest request = new SandboxRequest(null, environment, Map.of(), null, null);
		return way.equals("create") ? world.creation.create(world.catalogue.find("base"), Owner.ANONYMOUS, request)
				: world.creation.acquire(world.catalogue.find("base"), Owner.ANONYMOUS, request);
	}

}
