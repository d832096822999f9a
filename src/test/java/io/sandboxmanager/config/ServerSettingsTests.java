package io.sandboxmanager.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ServerSettingsTests {

	private final Map<String, String> environment = new HashMap<>();

	private Path folder = Path.of("");

	@BeforeEach
	void useFolder(@TempDir Path folder) {
		this.folder = folder;
	}

	@Nested
	class Precedence {

		@Test
		void environmentThenFilesThenDotEnvThenDefault() throws IOException {
			ServerSettingsTests.this.environment.put("POOL_SIZE", "1");
			write("last.env", "POOL_SIZE=2\nPORT=2\n");
			write("first.env", "POOL_SIZE=3\nPORT=3\nMAX_SANDBOX_INSTANCES=300\n");
			write(".env", "POOL_SIZE=4\nPORT=4\nMAX_SANDBOX_INSTANCES=400\nHEARTBEAT_TIMEOUT=4\n");
			ServerSettings settings = read("first.env", "last.env");
			assertThat(settings.value("POOL_SIZE", Integer.class)).isEqualTo(1);
			assertThat(settings.value("PORT", Integer.class)).isEqualTo(2);
			assertThat(settings.value("MAX_SANDBOX_INSTANCES", Integer.class)).isEqualTo(300);
			assertThat(settings.value("HEARTBEAT_TIMEOUT", Duration.class)).isEqualTo(Duration.ofSeconds(4));
			assertThat(settings.value("RELEASED_KEY_TTL", Duration.class)).isEqualTo(Duration.ofHours(1));
		}

		@Test
		void aLaterLineOfAFileWinsOverAnEarlierOne() throws IOException {
			write(".env", "PORT=1\nPORT=2\n");
			assertThat(read().value("PORT", Integer.class)).isEqualTo(2);
		}

		@Test
		void anEmptyValueStandsForTheDefaultAndHidesOtherPlaces() throws IOException {
			ServerSettingsTests.this.environment.put("PORT", "");
			ServerSettingsTests.this.environment.put("BEARER_TOKEN", " ");
			write(".env", "PORT=1\nBEARER_TOKEN=secret\n");
			ServerSettings settings = read();
			assertThat(settings.value("PORT", Integer.class)).isEqualTo(8000);
			assertThat(settings.value("BEARER_TOKEN", String.class)).isNull();
		}

		@Test
		void theOlderSpellingIsReadToo() throws IOException {
			write(".env", "RELEASE_KET_TTL=5\n");
			assertThat(read().value("RELEASED_KEY_TTL", Duration.class)).isEqualTo(Duration.ofSeconds(5));
			ServerSettingsTests.this.environment.put("RELEASED_KEY_TTL", "6");
			assertThat(read().value("RELEASED_KEY_TTL", Duration.class)).isEqualTo(Duration.ofSeconds(6));
			assertThat(read().warnings()).isEmpty();
		}

		@Test
		void theOlderSpellingInAPlaceThatWinsWins() throws IOException {
			write(".env", "RELEASED_KEY_TTL=5\n");
			ServerSettingsTests.this.environment.put("RELEASE_KET_TTL", "6");
			assertThat(read().value("RELEASED_KEY_TTL", Duration.class)).isEqualTo(Duration.ofSeconds(6));
		}

		@Test
		void bothSpellingsInOnePlaceAreReported() throws IOException {
			write(".env", "RELEASE_KET_TTL=6\nRELEASED_KEY_TTL=5\n");
			assertThat(read().value("RELEASED_KEY_TTL", Duration.class)).isEqualTo(Duration.ofSeconds(5));
			assertThat(read().warnings())
				.containsExactly("RELEASE_KET_TTL is not used, since RELEASED_KEY_TTL, its newer name, is given too");
		}

	}

	@Nested
	class Mistakes {

		@Test
		void areAllReportedAtOnceOneLineEachWithWhereTheyStand() throws IOException {
			ServerSettingsTests.this.environment.put("POOL_SIZE", "many");
			write("a.env", "# comment\nPORT=x\n");
			write(".env", "RELEASE_KET_TTL=soon\n");
			assertThat(mistakes("a.env")).containsExactly(
					"PORT=x: expected a whole number from 0 to 65535 (a.env line 2)",
					"POOL_SIZE=many: expected a whole number from 0 to 100000 (environment)",
					"RELEASE_KET_TTL=soon: expected seconds such as 60 or 0.5, or a number with a unit such as 500ms, "
							+ "10s, 5m, 24h or 7d (.env line 1)");
		}

		@Test
		void neverShowASecret() throws IOException {
			ServerSettingsTests.this.environment.put("BEARER_TOKEN", "hush hush");
			ServerSettingsTests.this.environment.put("REDIS_PASSWORD", "hush\u0007hush");
			write(".env", "OSS_ACCESS_KEY_SECRET=\"hush\nAGENT_RUN_ACCESS_KEY_SECRET=\"hush\\nhush\"\n");
			List<String> mistakes = mistakes();
			assertThat(mistakes).hasSize(4).noneMatch((line) -> line.contains("hush"));
			assertThat(mistakes)
				.contains("BEARER_TOKEN: expected visible ASCII characters without spaces (environment; "
						+ "the value is not shown)")
				.contains(".env line 1: expected NAME=value, with a quoted value ended on the same line");
		}

		@Test
		void stayOnOneLineOfBearableLength() {
			ServerSettingsTests.this.environment.put("PORT", "1\n2");
			ServerSettingsTests.this.environment.put("POOL_SIZE", "9".repeat(500));
			assertThat(mistakes()).containsExactly("PORT=1?2: expected a whole number from 0 to 65535 (environment)",
					"POOL_SIZE=" + "9".repeat(80) + "…: expected a whole number from 0 to 100000 (environment)");
		}

		@Test
		void includeFilesThatCannotBeRead() throws IOException {
			Files.createDirectory(ServerSettingsTests.this.folder.resolve("folder"));
			Files.write(ServerSettingsTests.this.folder.resolve("latin.env"),
					"A=ü".getBytes(StandardCharsets.ISO_8859_1));
			assertThat(mistakes("missing.env", "folder", "latin.env")).containsExactly(
					"--config missing.env: expected a file", "--config folder: expected a file",
					"latin.env: expected text in UTF-8");
		}

	}

	@Nested
	class Warnings {

		@Test
		void saySlipsOfKnownNamesInFilesAndLeaveOthersAlone() throws IOException {
			ServerSettingsTests.this.environment.put("POOL_SIZEE", "1");
			write("a.env", "POOL_SZIE=3\nBEARERTOKEN=hush\npool_size=1\nPATH=/x\nMY_OWN=1\nHOSTS=1\n");
			assertThat(read("a.env").warnings()).containsExactly(
					"POOL_SZIE is not a setting; is POOL_SIZE meant? (a.env line 1)",
					"BEARERTOKEN is not a setting; is BEARER_TOKEN meant? (a.env line 2)",
					"pool_size is not a setting; is POOL_SIZE meant? (a.env line 3)",
					"HOSTS is not a setting; is HOST meant? (a.env line 6)");
		}

		@Test
		void sayThatNothingIsInterpolated() throws IOException {
			write(".env", "DEFAULT_MOUNT_DIR=${HOME}/x\n");
			assertThat(read().warnings())
				.containsExactly("DEFAULT_MOUNT_DIR holds ${…}, which is taken as it is (.env line 1)");
		}

		@Test
		void sayWhatHasNoEffect() {
			ServerSettingsTests.this.environment.putAll(Map.of("REDIS_SERVER", "redis", "OSS_BUCKET_NAME", "b",
					"KUBECONFIG_PATH", "/k", "AGENT_RUN_CPU", "1", "WORKERS", "4", "ALLOWED_MOUNT_DIRS", "/a",
					"HEARTBEAT_LOCK_TTL", "9", "REDIS_ENABLED", "False"));
			assertThat(read().warnings()).containsExactly(
					"OSS_BUCKET_NAME has no effect without FILE_SYSTEM=oss, which is not built yet",
					"KUBECONFIG_PATH has no effect without CONTAINER_DEPLOYMENT=k8s, which is not built yet",
					"AGENT_RUN_CPU has no effect without CONTAINER_DEPLOYMENT=agentrun, which is not built yet",
					"REDIS_SERVER has no effect without REDIS_ENABLED=True",
					"HEARTBEAT_LOCK_TTL has no effect without REDIS_ENABLED=True",
					"WORKERS=4 has no effect: one process serves with all cores; for more, start more servers with REDIS_ENABLED=True",
					"ALLOWED_MOUNT_DIRS has no effect without ALLOW_MOUNT_DIR=True");
		}

		@Test
		void sayWhatIsReadForCompatibilityAloneAndThatTheStateCanBeRead() {
			ServerSettingsTests.this.environment.putAll(Map.of("REDIS_ENABLED", "True", "HEARTBEAT_LOCK_TTL", "9"));
			assertThat(read().warnings()).containsExactly(
					"HEARTBEAT_LOCK_TTL has no effect: it is read for compatibility alone",
					"STATE_KEY is not set: who can read Redis can read callers' environment and open their sandboxes");
			ServerSettingsTests.this.environment.put("STATE_KEY", "a key");
			assertThat(read().warnings()).hasSize(1);
		}

		@Test
		void sayThatPoolsDoNotFitTheLimit() {
			ServerSettingsTests.this.environment
				.putAll(Map.of("POOL_SIZE", "3", "DEFAULT_SANDBOX_TYPE", "base,gui", "MAX_SANDBOX_INSTANCES", "5"));
			assertThat(read().warnings()).containsExactly(
					"POOL_SIZE=3 for 2 type(s) is more than MAX_SANDBOX_INSTANCES=5: the pools cannot fill");
			ServerSettingsTests.this.environment.put("MAX_SANDBOX_INSTANCES", "6");
			assertThat(read().warnings()).isEmpty();
		}

		@Test
		void areNoneForAnUntouchedServer() {
			assertThat(read().warnings()).isEmpty();
		}

	}

	@Nested
	class WithoutAToken {

		@Test
		void theServerListensOnLoopbackOnly() {
			ServerSettingsTests.this.environment.put("HOST", "0.0.0.0");
			assertThat(mistakes()).containsExactly("HOST=0.0.0.0: others could use the server without a token; "
					+ "set BEARER_TOKEN, or ALLOW_UNAUTHENTICATED=true if everybody who reaches it may use it");
			ServerSettingsTests.this.environment.put("BEARER_TOKEN", "");
			assertThat(mistakes()).hasSize(1);
		}

		@Test
		void thereAreTwoWaysOut() {
			ServerSettingsTests.this.environment.put("HOST", "0.0.0.0");
			ServerSettingsTests.this.environment.put("BEARER_TOKEN", "t");
			assertThat(read().value("BEARER_TOKEN", String.class)).isEqualTo("t");
			ServerSettingsTests.this.environment.remove("BEARER_TOKEN");
			ServerSettingsTests.this.environment.put("ALLOW_UNAUTHENTICATED", "true");
			assertThat(read().value("ALLOW_UNAUTHENTICATED", Boolean.class)).isTrue();
		}

		@Test
		void everyLoopbackAddressIsFine() {
			assertThat(Stream.of("127.0.0.1", "127.0.0.2", "localhost", "::1")).allSatisfy((host) -> {
				ServerSettingsTests.this.environment.put("HOST", host);
				assertThat(read().given("HOST")).isPresent();
			});
		}

	}

	@Test
	void itsTextShowsNoValues() {
		this.environment.put("BEARER_TOKEN", "hush");
		assertThat(read()).hasToString("ServerSettings[BEARER_TOKEN given]");
	}

	private void write(String name, String text) throws IOException {
		Files.writeString(this.folder.resolve(name), text);
	}

	private ServerSettings read(String... files) {
		return ServerSettings.read(this.environment, this.folder, Stream.of(files).map(Path::of).toList());
	}

	private List<String> mistakes(String... files) {
		return assertThatExceptionOfType(InvalidSettingsException.class).isThrownBy(() -> read(files))
			.actual()
			.getMistakes();
	}

}
