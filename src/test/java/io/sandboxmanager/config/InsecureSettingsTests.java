package io.sandboxmanager.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.backend.local.LocalProperties;
import io.sandboxmanager.gateway.PublicProperties;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.workspace.WorkspaceProperties;

import static org.assertj.core.api.Assertions.assertThat;

class InsecureSettingsTests {

	private static final String TOKEN = "0123456789abcdef";

	@Test
	void aServerWithATokenHasNoWarnings() {
		assertThat(warnings(Map.of("BEARER_TOKEN", TOKEN))).isEmpty();
		assertThat(warnings(Map.of("BEARER_TOKEN", TOKEN, "HOST", "0.0.0.0"))).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					BEARER_TOKEN          | 0123456789abcde        | BEARER_TOKEN has fewer than 16 characters and can be guessed
					DESKTOP_REQUIRES_AUTH | False                  | DESKTOP_REQUIRES_AUTH=False lets everybody who knows a sandbox's name see its desktop
					ALLOW_MOUNT_DIR       | True                   | ALLOW_MOUNT_DIR=True lets callers read and write sessions_mount_dir of the host
					READONLY_MOUNTS       | {"/": "/host"}         | READONLY_MOUNTS shows / of the host to every sandbox
					READONLY_MOUNTS       | {"/run/docker.sock": "/d"} | READONLY_MOUNTS shows /run/docker.sock of the host to every sandbox
					DOCKER_HOST           | tcp://10.0.0.1:2375    | DOCKER_HOST is reached without encryption: who reaches that port owns its host
					LOCAL_BACKEND_UNCONFINED | True                | LOCAL_BACKEND_UNCONFINED=True lets local sandboxes run without isolation
					ALLOW_PRIVILEGED      | True                   | ALLOW_PRIVILEGED=True lets users of types with the profile android become root of the engine's machine
					SANDBOX_DOMAIN        | boxes.example          | SANDBOX_DOMAIN=boxes.example without TLS (PUBLIC_URL=https://..., or TRUSTED_PROXIES) lets a page of one sandbox cause requests to another in a visitor's name
					PUBLISH_ADDRESS       | 0.0.0.0                | PUBLISH_ADDRESS=0.0.0.0 lets others reach sandboxes without passing this server
					""")
	void eachOpeningHasItsLine(String name, String value, String warning) {
		Map<String, String> environment = new HashMap<>(Map.of("BEARER_TOKEN", TOKEN));
		environment.put(name, value);
		assertThat(warnings(environment)).containsExactly(warning);
	}

	@ParameterizedTest
	@CsvSource({ "localhost, http://localhost:8000", "boxes.localhost, http://localhost:8000",
			"boxes.example, https://manager.example" })
	void hostsOfTheirOwnAreSoundOnThisMachineAndWithTls(String domain, String url) {
		assertThat(warnings(Map.of("BEARER_TOKEN", TOKEN, "SANDBOX_DOMAIN", domain, "PUBLIC_URL", url))).isEmpty();
	}

	@Test
	void withoutATokenTheLineSaysWhoGetsIn() {
		assertThat(warnings(Map.of()))
			.containsExactly("without BEARER_TOKEN every program on this machine can use the server");
		assertThat(warnings(Map.of("HOST", "0.0.0.0", "ALLOW_UNAUTHENTICATED", "true")))
			.containsExactly("without BEARER_TOKEN everybody who reaches the server can use it");
	}

	@Test
	void aServerThatIsNotRootSaysWhatIsWritableForEverybody() {
		assertThat(warnings(Map.of("BEARER_TOKEN", TOKEN, "DEFAULT_MOUNT_DIR", "/srv/w"), false))
			.containsExactly("the server does not run as root: workspaces below /srv/w that belong to another user "
					+ "of an image are writable for everybody on this machine");
	}

	@Test
	void theUserIsWhoeverOwnsWhatTheServerMakes(@TempDir Path folder) throws Exception {
		Path made = Files.createFile(folder.resolve("made"));
		assertThat(new ServerUser().isRoot()).isEqualTo(Files.getAttribute(made, "unix:uid").equals(0));
	}

	private static List<String> warnings(Map<String, String> environment) {
		return warnings(environment, true);
	}

	private static List<String> warnings(Map<String, String> environment, boolean root) {
		ServerSettings settings = ServerSettings.read(environment, Path.of("nowhere"), List.of());
		List<String> warnings = new ArrayList<>();
		new ApplicationContextRunner()
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new SettingsPropertySource(settings)))
			.withUserConfiguration(Rooms.class)
			.withBean(ServerUser.class, () -> new ServerUser() {
				@Override
				boolean isRoot() {
					return root;
				}
			})
			.withBean(InsecureSettings.class)
			.run((context) -> warnings.addAll(context.getBean(InsecureSettings.class).warnings()));
		return warnings;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ SecurityProperties.class, WorkspaceProperties.class, DockerProperties.class,
			LocalProperties.class, PublicProperties.class })
	static class Rooms {

	}

}
