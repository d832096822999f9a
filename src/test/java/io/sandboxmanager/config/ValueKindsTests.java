package io.sandboxmanager.config;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** The values of the settings that are declared, not of kinds in the abstract. */
class ValueKindsTests {

	@ParameterizedTest
	@ValueSource(strings = { "True", "true", "TRUE", "t", "yes", "Y", "on", "1" })
	void takesEveryYesOfPython(String text) {
		assertThat(parse("AUTO_CLEANUP", text)).isEqualTo(true);
	}

	@ParameterizedTest
	@ValueSource(strings = { "False", "false", "FALSE", "f", "no", "N", "off", "0" })
	void takesEveryNoOfPython(String text) {
		assertThat(parse("AUTO_CLEANUP", text)).isEqualTo(false);
	}

	@Test
	void readsAddressesAndNetworks() {
		assertThat(parse("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1,fd00::/8"))
			.isEqualTo(List.of("127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"));
		for (String wrong : List.of("proxy.example", "10.0.0.0/33", "10.0.0", "256.0.0.1", ":::", "::/129", "*")) {
			assertThatIllegalArgumentException().as(wrong).isThrownBy(() -> parse("TRUSTED_PROXIES", wrong));
		}
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "sandboxes.example", "ftp://x", "https://", "https://a b", "https://a/?b", "https://a/#b" })
	void refusesWhatIsNoAddressOfAServer(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> parse("PUBLIC_URL", text));
		assertThat(parse("PUBLIC_URL", "https://[::1]:8443/a/b")).isEqualTo("https://[::1]:8443/a/b");
	}

	@Test
	void readsEachKindAsItsPropertyWantsIt() throws UnknownHostException {
		assertThat(parse("PORT", "0")).isEqualTo(0);
		assertThat(parse("HOST", "0.0.0.0")).isEqualTo(InetAddress.getByAddress(new byte[4]));
		assertThat(parse("HOST", "localhost")).isInstanceOf(InetAddress.class);
		assertThat(parse("BEARER_TOKEN", "a+b/c=~!")).isEqualTo("a+b/c=~!");
		assertThat(parse("HEARTBEAT_TIMEOUT", "0")).isEqualTo(Duration.ZERO);
		assertThat(parse("WATCHER_SCAN_INTERVAL", "0.5")).isEqualTo(Duration.ofMillis(500));
		assertThat(parse("MAX_LIFETIME", "24h")).isEqualTo(Duration.ofHours(24));
		assertThat(parse("MAX_ANSWER_SIZE", "64MB")).isEqualTo(DataSize.ofMegabytes(64));
		assertThat(parse("AGENT_RUN_CPU", "0.5")).isEqualTo(new BigDecimal("0.5"));
		assertThat(parse("DEBUG", "yes")).isEqualTo("debug");
		assertThat(parse("DEBUG", "no")).isEqualTo("info");
		assertThat(parse("CONTAINER_DEPLOYMENT", "docker")).isEqualTo(BackendKind.DOCKER);
		assertThat(parse("REDIS_ENABLED", "False")).isEqualTo(StoreKind.MEMORY);
		assertThat(parse("REDIS_ENABLED", "True")).isEqualTo(StoreKind.REDIS);
		assertThat(parse("FILE_SYSTEM", "local")).isEqualTo(StorageKind.LOCAL);
		assertThat(parse("STATE_DIR", "a b/c")).isEqualTo(Path.of("a b/c"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			base               | base
			base,gui           | base,gui
			' base , gui ,'    | base,gui
			["base"]           | base
			[ "base", "gui" ]  | base,gui
			""")
	void readsTypesAsOneACommaListOrAJsonList(String text, String expected) {
		assertThat(parse("DEFAULT_SANDBOX_TYPE", text)).isEqualTo(List.of(expected.split(",", -1)));
	}

	@Test
	void readsPortRanges() {
		assertThat(parse("PORT_RANGE", "[49152,59152]")).isEqualTo(List.of(49152, 59152));
		assertThat(parse("PORT_RANGE", "[ 1 , 65536 ]")).isEqualTo(List.of(1, 65536));
		assertThat(parse("PORT_RANGE", "[]")).isEqualTo(List.of());
	}

	@Test
	void readsMountsEscapedSlashesIncluded() {
		assertThat(parse("READONLY_MOUNTS", "{\"\\/Users\\/alice\\/data\": \"\\/data\", \"/a\": \"/b c\"}"))
			.isEqualTo(Map.of("/Users/alice/data", "/data", "/a", "/b c"));
		assertThat(parse("READONLY_MOUNTS", "{}")).isEqualTo(Map.of());
		assertThat(parse("ALLOWED_MOUNT_DIRS", "/a, b")).isEqualTo(List.of(Path.of("/a"), Path.of("b")));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			HOST                 | not a host
			HOST                 | http://127.0.0.1
			PORT                 | -1
			PORT                 | 65536
			PORT                 | 80.0
			PORT                 | 99999999999999999999
			PORT                 | ٨٠
			POOL_SIZE            | one
			AUTO_CLEANUP         | maybe
			AUTO_CLEANUP         | 2
			BEARER_TOKEN         | two words
			BEARER_TOKEN         | schlüssel
			DEFAULT_SANDBOX_TYPE | ,
			DEFAULT_SANDBOX_TYPE | []
			DEFAULT_SANDBOX_TYPE | [base]
			DEFAULT_SANDBOX_TYPE | ["base"
			DEFAULT_SANDBOX_TYPE | [1]
			DEFAULT_SANDBOX_TYPE | base gui
			HEARTBEAT_TIMEOUT    | -1
			HEARTBEAT_TIMEOUT    | 5 minutes
			READINESS_TIMEOUT    | 0
			READINESS_TIMEOUT    | 0s
			CONTAINER_PREFIX_KEY | a23456789-123456789-123456789-123456789
			CONTAINER_PREFIX_KEY | -a
			CONTAINER_PREFIX_KEY | a/b
			PORT_RANGE           | 49152,59152
			PORT_RANGE           | [49152]
			PORT_RANGE           | [2,1]
			PORT_RANGE           | [5,5]
			PORT_RANGE           | [0,10]
			PORT_RANGE           | [1,65537]
			PORT_RANGE           | ["1","2"]
			READONLY_MOUNTS      | /a:/b
			READONLY_MOUNTS      | ["/a"]
			READONLY_MOUNTS      | {"a": "/b"}
			READONLY_MOUNTS      | {"/a": "b"}
			READONLY_MOUNTS      | {"/a": "/"}
			READONLY_MOUNTS      | {"/a": "/b:rw"}
			READONLY_MOUNTS      | {"/a": 1}
			READONLY_MOUNTS      | {"/a": "/c", "/b": "/c"}
			READONLY_MOUNTS      | {"/a": "/c"
			READONLY_MOUNTS      | {"/a": "/c"} x
			MOUNT_DIR_ON_HOST    | relative
			SANDBOX_NETWORK      | host
			SANDBOX_NETWORK      | none
			PUBLISH_ADDRESS      | localhost
			SANDBOX_HOST         | http://x
			DOCKER_HOST          | ssh://host
			DOCKER_HOST          | /var/run/docker.sock
			MAX_ANSWER_SIZE      | 64
			MAX_ANSWER_SIZE      | 0MB
			RUNTIME_SANDBOX_IMAGE_TAG       | a:b
			RUNTIME_SANDBOX_IMAGE_NAMESPACE | UPPER
			REDIS_PORT           | 0
			REDIS_ENABLED        | maybe
			OSS_ENDPOINT         | oss-cn-hangzhou.aliyuncs.com
			AGENT_RUN_CPU        | 0
			K8S_NAMESPACE        | Upper
			WORKERS              | 0
			""")
	void saysWhatIsExpectedInstead(String name, String text) {
		Setting setting = setting(name);
		assertThatIllegalArgumentException().isThrownBy(() -> setting.kind().parse(text))
			.withMessageMatching("expected .+|cannot be resolved; expected .+");
	}

	@Test
	void takesPrefixesOfUpToThirtyEightCharacters() {
		String longest = "a23456789-123456789-123456789-12345678";
		assertThat(longest).hasSize(38);
		assertThat(parse("CONTAINER_PREFIX_KEY", longest)).isEqualTo(longest);
		assertThat(parse("CONTAINER_PREFIX_KEY", "conf_m1_")).isEqualTo("conf_m1_");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					CONTAINER_DEPLOYMENT | k8s      | not built yet; use docker
					CONTAINER_DEPLOYMENT | agentrun | not built yet; use docker
					CONTAINER_DEPLOYMENT | gvisor   | not built yet; use docker with SANDBOX_RUNTIME=runsc
					CONTAINER_DEPLOYMENT | podman   | expected docker or local
					FILE_SYSTEM          | oss      | not built yet; use local with a STORAGE_FOLDER, which may be a mounted bucket
					FILE_SYSTEM          | s3       | expected local
					""")
	void saysWhatIsNotBuiltYetAndWhatToUse(String name, String text, String message) {
		Setting setting = setting(name);
		assertThatIllegalArgumentException().isThrownBy(() -> setting.kind().parse(text)).withMessage(message);
	}

	private static Object parse(String name, String text) {
		return setting(name).kind().parse(text);
	}

	private static Setting setting(String name) {
		return Settings.find(name).orElseThrow();
	}

	@Test
	void aSizeMayBeNoneWhereThatHasAMeaning() {
		assertThat(ValueKinds.sizeOrNone().parse("0")).isEqualTo(DataSize.ofBytes(0));
		assertThat(ValueKinds.sizeOrNone().parse("0MB")).isEqualTo(DataSize.ofBytes(0));
		assertThat(ValueKinds.sizeOrNone().parse("2MB")).isEqualTo(DataSize.ofMegabytes(2));
	}

}
