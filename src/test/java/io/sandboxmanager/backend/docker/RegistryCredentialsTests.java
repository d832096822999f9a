package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

import com.github.dockerjava.api.model.AuthConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class RegistryCredentialsTests {

	private static final String HUB = "https://index.docker.io/v1/";

	@TempDir
	private Path folder;

	private Optional<AuthConfig> find(String config, String registry) throws IOException {
		Files.writeString(this.folder.resolve("config.json"), config);
		return new RegistryCredentials(this.folder, List.of(this.folder)).find(registry);
	}

	private void helper(String name, String script) throws IOException {
		Path program = Files.writeString(this.folder.resolve("docker-credential-" + name), "#!/bin/sh\n" + script);
		Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
	}

	private static String login(Optional<AuthConfig> found) {
		return found.map((login) -> login.getUsername() + " " + login.getPassword() + " " + login.getIdentitytoken())
			.orElse("none");
	}

	@Test
	void areNoneWithoutAConfig() {
		assertThat(new RegistryCredentials(this.folder.resolve("absent")).find(HUB)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "r.example:5000", "http://r.example:5000", "https://r.example:5000/v2/" })
	void areFoundUnderAnyFormOfTheHost(String key) throws Exception {
		String config = "{\"auths\":{\"other.example\":{\"auth\":\"eDp5\"},\"%s\":{\"auth\":\"bWU6cDpx\"}}}"
			.formatted(key);
		assertThat(login(find(config, "r.example:5000"))).isEqualTo("me p:q null");
	}

	@Test
	void areFoundForDockerHub() throws Exception {
		assertThat(login(find("{\"auths\":{\"" + HUB + "\":{\"auth\":\"bWU6cHc=\"}}}", HUB))).isEqualTo("me pw null");
	}

	@Test
	void mayBeAToken() throws Exception {
		assertThat(login(find("{\"auths\":{\"r.example\":{\"identitytoken\":\"t\"}}}", "r.example")))
			.isEqualTo("null null t");
	}

	@Test
	void comeFromTheStoreForAllRegistries() throws Exception {
		helper("store", "read s; echo \"{\\\"Username\\\":\\\"<token>\\\",\\\"Secret\\\":\\\"for $s\\\"}\"");
		assertThat(login(find("{\"credsStore\":\"store\"}", "r.example"))).isEqualTo("null null for r.example");
	}

	@Test
	void comeFromTheHelperOfARegistryBeforeTheStore() throws Exception {
		helper("one", "echo '{\"Username\":\"one\",\"Secret\":\"1\"}'");
		helper("store", "echo '{\"Username\":\"store\",\"Secret\":\"2\"}'");
		String config = "{\"credsStore\":\"store\",\"credHelpers\":{\"r.example\":\"one\"}}";
		assertThat(login(find(config, "r.example"))).isEqualTo("one 1 null");
		assertThat(login(find(config, "q.example"))).isEqualTo("store 2 null");
	}

	@ParameterizedTest
	@ValueSource(strings = { "exit 1", "echo 'credentials not found in native keychain'; exit 1", "echo '{}'" })
	void ofTheFileAreUsedWhenTheHelperHasNone(String script) throws Exception {
		helper("store", script);
		String config = "{\"credsStore\":\"store\",\"auths\":{\"r.example\":{\"auth\":\"bWU6cHc=\"}}}";
		assertThat(login(find(config, "r.example"))).isEqualTo("me pw null");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "{", "[]", "{\"auths\":{\"r.example\":{}}}", "{\"auths\":{\"r.example\":{\"auth\":\"%%\"}}}",
					"{\"credsStore\":\"../../bin/sh\"}", "{\"credsStore\":\"absent\"}" })
	void areNoneWhenTheConfigIsOfNoUse(String config) throws Exception {
		assertThat(login(find(config, "r.example"))).isEqualTo("none");
	}

}
