package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** The ways to set Redis up, and what goes wrong with it. */
@Timeout(120)
class RedisSetUpTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private final List<RedisServer> servers = new ArrayList<>();

	@TempDir
	private Path folder;

	@AfterEach
	void stop() {
		this.servers.forEach(RedisServer::close);
	}

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
		RedisServer redis = start();
		String rule = Files.readAllLines(Path.of("docs/state.md"))
			.stream()
			.filter((line) -> line.startsWith("user sandbox-manager "))
			.findFirst()
			.orElseThrow()
			.replace("<password>", "secret");
		assertThat(redis.cli(("acl setuser " + rule.substring("user ".length())).split(" "))).isEqualTo("OK");
		assertThat(redis.cli("acl", "setuser", "default", "off")).isEqualTo("OK");
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).user("sandbox-manager", "secret").properties())) {
			assertWorks(store);
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
			assertWorks(store);
		}
		RedisServer stranger = startWithTls("stranger");
		assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(
				() -> TestRedis.open(TestRedis.at(stranger).tls(this.folder.resolve("stranger.crt")).properties()));
		assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(
				() -> TestRedis.open(TestRedis.at(redis).tls(this.folder.resolve("stranger.crt")).properties()));
	}

	@Test
	void aNewMasterIsFoundThroughTheSentinels() {
		RedisServer master = start();
		RedisServer replica = start("--replicaof", "127.0.0.1 " + master.port());
		List<String> nodes = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			nodes.add("127.0.0.1:" + startSentinel(master.port()).port());
		}
		await().atMost(LIMIT).until(() -> replica.cli("info", "replication").contains("master_link_status:up"));
		try (SandboxStore store = TestRedis.open(TestRedis.sentinel(RedisServer.MASTER, nodes).properties())) {
			Sandbox sandbox = assertWorks(store);
			await().atMost(LIMIT)
				.until(() -> replica.cli("exists", "{sandbox-manager}:sandbox:" + sandbox.id().value()).equals("1"));
			String before = store.incarnation().name();
			master.kill();
			await().atMost(Duration.ofSeconds(60))
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(sandbox.id()).isPresent() && works(store));
			assertThat(store.incarnation().name()).isNotEqualTo(before);
			assertThat(store.incarnation().empty()).isFalse();
		}
	}

	@Test
	void allKeysAreOnOneNodeOfACluster() {
		try (RedisCluster cluster = RedisCluster.start();
				SandboxStore store = TestRedis.open(TestRedis.cluster(cluster.addresses()).properties())) {
			assertWorks(store);
			assertThat(cluster.nodes().stream().filter((node) -> !node.cli("dbsize").equals("0"))).hasSize(1);
		}
	}

	@Test
	void oneThatStopsAnsweringCostsItsLimitOnceAndIsBackByItself() {
		RedisServer redis = start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Sandbox sandbox = assertWorks(store);
			redis.freeze();
			assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> store.find(sandbox.id()))
				.withMessageContaining("did not answer in time");
			long begin = System.nanoTime();
			assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> store.find(sandbox.id()));
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
			redis.thaw();
			await().atMost(LIMIT)
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(sandbox.id()).isPresent());
		}
	}

	@Test
	void aStateThatWasLostIsKnownAsSuchUntilItIsFoundedAgain() {
		RedisServer redis = start();
		RedisProperties properties = TestRedis.at(redis).properties();
		try (SandboxStore first = RedisSandboxStore.open(properties, this.folder)) {
			redis.cli("flushall");
			assertThat(first.incarnation().empty()).isTrue();
			try (SandboxStore second = RedisSandboxStore.open(properties, this.folder)) {
				assertThat(second.managerId()).as("remembered in the folder").isEqualTo(first.managerId());
				assertThat(second.incarnation().empty()).isTrue();
				second.refound();
				assertThat(second.incarnation().empty()).isFalse();
				assertThat(first.incarnation().empty()).isFalse();
			}
		}
	}

	@Test
	void aLeaseFromBeforeAStateWasLostIsGoodForNothing() {
		RedisServer redis = start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Lease before = store.lease("fill", "one", LIMIT).orElseThrow();
			redis.cli("flushall");
			assertThat(store.lease("fill", "two", LIMIT).orElseThrow().token()).isGreaterThan(before.token());
		}
	}

	@Test
	void oneThatWasRestartedIsUsedAgainAndKnownToBeEmpty() {
		RedisServer redis = start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Sandbox sandbox = assertWorks(store);
			String before = store.incarnation().name();
			redis.kill();
			assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> store.find(sandbox.id()))
				.withMessageContaining("cannot be reached");
			redis.startAgain();
			await().atMost(LIMIT)
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(sandbox.id()).isEmpty());
			assertThat(store.incarnation().name()).isNotEqualTo(before);
			assertThat(store.incarnation().empty()).isTrue();
			assertWorks(store);
		}
	}

	@Test
	void scriptsThatRedisHasForgottenAreToldAgain() {
		RedisServer redis = start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			assertWorks(store);
			assertThat(redis.cli("script", "flush")).isEqualTo("OK");
			assertWorks(store);
		}
	}

	@Test
	void signalsOfOneServerAreHeardByTheOthersAlsoAfterABreak() {
		RedisServer redis = start();
		try (SandboxStore one = TestRedis.open(TestRedis.at(redis).properties());
				SandboxStore other = TestRedis.open(TestRedis.at(redis).properties())) {
			int[] heard = { 0 };
			other.onSignal("topic", () -> heard[0]++);
			one.signal("topic");
			await().atMost(LIMIT).until(() -> heard[0] > 0);
			redis.cli("client", "kill", "type", "pubsub");
			int before = heard[0];
			await().atMost(LIMIT).until(() -> heard[0] > before);
		}
	}

	@Test
	void whatCallersPutInCannotBeReadWithoutTheKey() {
		RedisServer redis = start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).stateKey("one key").properties())) {
			Sandbox sandbox = TestSandboxes.full("s");
			store.insert(sandbox, SlotLimits.NONE);
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
	void aClaimIsOneScriptThatRedisKnowsByItsDigest() {
		RedisServer redis = start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			assertWorks(store);
			store.insert(TestSandboxes.warm("base"), SlotLimits.NONE);
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

	private RedisServer start(String... options) {
		RedisServer server = RedisServer.start(options);
		this.servers.add(server);
		return server;
	}

	private RedisServer startSentinel(int master) {
		RedisServer sentinel = RedisServer.startSentinel(master);
		this.servers.add(sentinel);
		return sentinel;
	}

	private RedisServer startWithTls(String name) {
		int port = RedisServer.freePort();
		RedisServer server = RedisServer.start(port, "--port", "0", "--tls-port", Integer.toString(port),
				"--tls-cert-file", this.folder.resolve(name + ".crt").toString(), "--tls-key-file",
				this.folder.resolve(name + ".key").toString(), "--tls-ca-cert-file",
				this.folder.resolve(name + ".crt").toString(), "--tls-auth-clients", "no");
		this.servers.add(server);
		return server;
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

	private static boolean works(SandboxStore store) {
		assertWorks(store);
		return true;
	}

	private static Sandbox assertWorks(SandboxStore store) {
		Sandbox sandbox = TestSandboxes.running("base", "s");
		store.insert(sandbox, SlotLimits.NONE);
		assertThat(store.find(sandbox.id())).contains(sandbox);
		store.insert(TestSandboxes.warm("other"), SlotLimits.NONE);
		assertThat(store.claimWarm("other", TestSandboxes.HASH, TestSandboxes.claim("s", TestSandboxes.NOW)))
			.isPresent();
		store.touch(sandbox.id(), TestSandboxes.NOW.plusSeconds(1), TestSandboxes.IDLE);
		assertThat(store.lease("fill", "me", Duration.ofSeconds(5))).isPresent();
		store.register("me", "engine", Duration.ofSeconds(5));
		assertThat(store.due(TestSandboxes.NOW, 10)).isEmpty();
		assertThat(store.sessions()).contains("s");
		store.signal("topic");
		return sandbox;
	}

}
