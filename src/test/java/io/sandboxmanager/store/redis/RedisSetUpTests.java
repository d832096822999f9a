package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.ClockSkewException;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** The ways to set Redis up, and what goes wrong with it. */
@Timeout(120)
class RedisSetUpTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	@RegisterExtension
	private final RedisServers servers = new RedisServers();

	@TempDir
	private Path folder;

	@Test
	void aServerThatIsNotThereIsNamedWithWhatToDo() {
		int port = RedisServer.freePort();
		assertThatExceptionOfType(StateUnavailableException.class)
			.isThrownBy(() -> TestRedis.open(TestRedis.at(port).properties()))
			.withMessageContaining("Redis at localhost:" + port + " (REDIS_SERVER, REDIS_PORT) cannot be reached")
			.withMessageContaining("start it, or correct the address");
	}

	@Test
	void aUserNeedsOnlyTheRightsThatAreDocumented() throws IOException {
		RedisServer redis = this.servers.start();
		String rule = Files.readAllLines(Path.of("docs/state.md"))
			.stream()
			.filter((line) -> line.startsWith("user sandbox-manager "))
			.findFirst()
			.orElseThrow()
			.replace("<password>", "secret");
		assertThat(redis.cli(("acl setuser " + rule.substring("user ".length())).split(" "))).isEqualTo("OK");
		assertThat(redis.cli("acl", "setuser", "default", "off")).isEqualTo("OK");
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).user("sandbox-manager", "secret").properties())) {
			TestRedis.assertWorks(store);
		}
		assertThatExceptionOfType(StateUnavailableException.class)
			.isThrownBy(() -> TestRedis.open(TestRedis.at(redis).user("sandbox-manager", "wrong").properties()))
			.withMessageContaining("REDIS_USER, REDIS_PASSWORD")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("wrong"));
	}

	@Test
	void theWayToRedisIsEncryptedAndItsNameChecked() throws Exception {
		certificate("server", "localhost");
		certificate("stranger", "elsewhere");
		RedisServer redis = startWithTls("server");
		try (SandboxStore store = TestRedis
			.open(TestRedis.at(redis).tls(this.folder.resolve("server.crt")).properties())) {
			TestRedis.assertWorks(store);
		}
		RedisServer stranger = startWithTls("stranger");
		assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(
				() -> TestRedis.open(TestRedis.at(stranger).tls(this.folder.resolve("stranger.crt")).properties()));
		assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(
				() -> TestRedis.open(TestRedis.at(redis).tls(this.folder.resolve("stranger.crt")).properties()));
	}

	@Test
	void aNewMasterIsFoundThroughTheSentinels() {
		RedisServer master = this.servers.start();
		RedisServer replica = this.servers.start("--replicaof", "127.0.0.1 " + master.port());
		List<String> nodes = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			nodes.add("127.0.0.1:" + startSentinel(master.port()).port());
		}
		await().atMost(LIMIT).until(() -> replica.cli("info", "replication").contains("master_link_status:up"));
		try (SandboxStore store = TestRedis.open(TestRedis.sentinel(RedisServer.MASTER, nodes).properties())) {
			Sandbox sandbox = TestRedis.assertWorks(store);
			Sandbox warm = TestSandboxes.warm("base");
			store.insert(warm, Admission.within(SlotLimits.NONE));
			await().atMost(LIMIT)
				.until(() -> replica.cli("exists", "{sandbox-manager}:sandbox:" + warm.id().value()).equals("1"));
			String before = store.incarnation().name();
			master.kill();
			await().atMost(Duration.ofSeconds(60))
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(sandbox.id()).isPresent() && TestRedis.works(store));
			assertThat(store.incarnation().name()).isNotEqualTo(before);
			assertThat(store.find(warm.id()).orElseThrow().state()).as("it may have been handed out")
				.isEqualTo(SandboxState.RELEASING);
		}
	}

	@Test
	void allKeysAreOnOneNodeOfACluster() {
		try (RedisCluster cluster = RedisCluster.start();
				SandboxStore store = TestRedis.open(TestRedis.cluster(cluster.addresses()).properties())) {
			TestRedis.assertWorks(store);
			assertThat(cluster.nodes().stream().filter((node) -> !node.cli("dbsize").equals("0"))).hasSize(1);
		}
	}

	@Test
	void scriptsThatRedisHasForgottenAreToldAgain() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			TestRedis.assertWorks(store);
			assertThat(redis.cli("script", "flush")).isEqualTo("OK");
			TestRedis.assertWorks(store);
		}
	}

	@Test
	void whatCallersPutInCannotBeReadWithoutTheKey() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).stateKey("one key").properties())) {
			Sandbox sandbox = TestSandboxes.full("s");
			store.insert(sandbox, Admission.within(SlotLimits.NONE));
			String kept = redis.cli("hgetall", "{sandbox-manager}:sandbox:" + sandbox.id().value());
			assertThat(kept).doesNotContain(sandbox.token().secret(), "NAME", "/srv/caller", "/srv/work space");
		}
		for (String wrong : new String[] { "another key", null }) {
			assertThatExceptionOfType(StateUnavailableException.class)
				.isThrownBy(() -> TestRedis.open(TestRedis.at(redis).stateKey(wrong).properties()))
				.withMessageContaining("STATE_KEY");
		}
	}

	@Test
	void serversSignTicketsWithOneKeyThatCannotBeReadAndHearOfEachOthersRevocations() throws Exception {
		RedisServer redis = this.servers.start();
		CountDownLatch heard = new CountDownLatch(1);
		try (SandboxStore one = TestRedis.open(TestRedis.at(redis).stateKey("one key").properties());
				SandboxStore other = TestRedis.open(TestRedis.at(redis).stateKey("one key").properties())) {
			other.onSignal(SandboxStore.TICKETS_REVOKED, heard::countDown);
			String key = one.ticketBook(List.of()).key();
			assertThat(other.ticketBook(List.of()).key()).isEqualTo(key);
			assertThat(redis.cli("get", "{sandbox-manager}:ticket-key")).startsWith("~").doesNotContain(key);
			one.revokeTicket("a", Duration.ofMinutes(1));
			assertThat(heard.await(5, TimeUnit.SECONDS)).isTrue();
			assertThat(other.ticketBook(List.of("a")).revoked()).containsExactly("a");
			redis.cli("flushall");
			assertThat(other.ticketBook(List.of("a"))).satisfies((book) -> {
				assertThat(book.key()).isNotEqualTo(key);
				assertThat(book.revoked()).isEmpty();
				assertThat(book.toString()).doesNotContain(book.key());
			});
		}
	}

	@ParameterizedTest
	@CsvSource({ "PT8S, ahead of", "PT-8S, behind" })
	void aServerWhoseClockIsNotThatOfTheOthersIsRefused(Duration ahead, String which) {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			store.register("one", "engine", Instant.now(), Duration.ofSeconds(5));
			assertThatExceptionOfType(ClockSkewException.class)
				.isThrownBy(() -> store.register("two", "engine", Instant.now().plus(ahead), Duration.ofSeconds(5)))
				.withMessageContainingAll(which + " that of Redis", "NTP");
		}
	}

	@Test
	void aClaimIsOneScriptThatRedisKnowsByItsDigest() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			TestRedis.assertWorks(store);
			store.insert(TestSandboxes.warm("base"), Admission.within(SlotLimits.NONE));
			long scripts = calls(redis, "evalsha");
			long texts = calls(redis, "eval");
			assertThat(store.claimWarm("base", TestSandboxes.HASH, TestSandboxes.claim("s", TestSandboxes.NOW)))
				.isPresent();
			assertThat(calls(redis, "evalsha") - scripts).isEqualTo(1);
			assertThat(calls(redis, "eval")).isEqualTo(texts);
		}
	}

	private static long calls(RedisServer redis, String command) {
		return redis.cli("info", "commandstats")
			.lines()
			.filter((line) -> line.startsWith("cmdstat_" + command + ":"))
			.mapToLong((line) -> Long.parseLong(line.replaceFirst(".*:calls=(\\d+),.*", "$1")))
			.sum();
	}

	private RedisServer startSentinel(int master) {
		return this.servers.keep(RedisServer.startSentinel(master));
	}

	private RedisServer startWithTls(String name) {
		int port = RedisServer.freePort();
		return this.servers.keep(RedisServer.start(port, "--port", "0", "--tls-port", Integer.toString(port),
				"--tls-cert-file", this.folder.resolve(name + ".crt").toString(), "--tls-key-file",
				this.folder.resolve(name + ".key").toString(), "--tls-ca-cert-file",
				this.folder.resolve(name + ".crt").toString(), "--tls-auth-clients", "no"));
	}

	private void certificate(String name, String host) throws Exception {
		Process openssl = new ProcessBuilder("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
				"-subj", "/CN=" + host, "-addext", "subjectAltName=DNS:" + host, "-keyout",
				this.folder.resolve(name + ".key").toString(), "-out", this.folder.resolve(name + ".crt").toString())
			.redirectErrorStream(true)
			.redirectOutput(this.folder.resolve("openssl.log").toFile())
			.start();
		assertThat(openssl.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(openssl.exitValue()).isZero();
	}

}
