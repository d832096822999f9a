package io.sandboxmanager.system;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;
import io.sandboxmanager.store.redis.RedisServer;
import io.sandboxmanager.store.redis.TestRedis;

import static org.assertj.core.api.Assertions.assertThat;

/** What a server asks Redis for: counted, since counts do not depend on the machine. */
class RedisCommandsIT {

	private static final int ACQUIRES = 8;

	private static final int FEW = 100;

	private static final int MANY = 10_000;

	private static final String STATE_KEY = "a key of the tests";

	private static final Duration LIMIT = Duration.ofSeconds(60);

	/** In which everything that a server does by itself has been done at least once. */
	private static final Duration IDLE = Duration.ofSeconds(11);

	private static final Pattern STATISTIC = Pattern.compile("cmdstat_([^:]+):calls=(\\d+),.*");

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	private RedisServer redis;

	@BeforeEach
	void startRedis() {
		this.redis = RedisServer.start();
	}

	@AfterEach
	void stopRedis() {
		this.redis.close();
	}

	private ServerProcess server(String... settings) {
		return servers.server(settings)
			.set("RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf")
			.set("MAX_SANDBOX_INSTANCES", "1000")
			.set("MIN_FREE_DISK", "1KB")
			.set("REDIS_ENABLED", "True")
			.set("REDIS_PORT", Integer.toString(this.redis.port()))
			.set("STATE_KEY", STATE_KEY)
			.start();
	}

	/**
	 * The engine is silent meanwhile: who asked it would wait, and so does the refill,
	 * which looks at the image first.
	 */
	@Test
	void warmAcquireIsOneCommandAndAsksTheEngineNothing() throws IOException {
		try (EngineProxy engine = new EngineProxy(); RedisMonitor monitor = new RedisMonitor(this.redis)) {
			ServerProcess server = server("DOCKER_HOST", engine.dockerHost(), "RECONCILE_INTERVAL", "1h", "POOL_SIZE",
					Integer.toString(ACQUIRES), "WATCHER_SCAN_INTERVAL", "1h", "VERIFY_INTERVAL", "1h");
			Await.until("the pool is full", LIMIT, this::warm, (count) -> count == ACQUIRES);
			acquire(server.api(), "the first is told to Redis with the text of its script");
			Await.until("the pool is full again", LIMIT, this::warm, (count) -> count == ACQUIRES);
			Set<String> background = monitor.during(() -> pause(IDLE))
				.stream()
				.map(RedisCommandsIT::nameOf)
				.collect(Collectors.toSet());
			engine.fallSilent();
			long evaluated = calls().getOrDefault("evalsha", 0L);
			List<String> commands = monitor.during(() -> {
				for (int i = 0; i < ACQUIRES; i++) {
					acquire(server.api(), "session-" + i);
				}
			});
			long more = calls().getOrDefault("evalsha", 0L) - evaluated;
			System.out.printf("%d acquires: %s; in the background: %s%n", ACQUIRES, count(commands), background);
			List<String> caused = commands.stream().filter((each) -> !background.contains(nameOf(each))).toList();
			assertThat(caused).hasSize(ACQUIRES).allMatch((each) -> each.startsWith("\"EVALSHA\""));
			assertThat(caused.stream().map(RedisCommandsIT::nameOf).distinct()).hasSize(1);
			assertThat(more).isGreaterThanOrEqualTo(ACQUIRES);
			assertThat(calls()).doesNotContainKey("keys").doesNotContainKey("scan");
			assertThat(warm()).isZero();
			engine.speakAgain();
			server.stop();
		}
	}

	private static void acquire(Api api, String session) {
		Map<String, ?> wanted = Map.of("sandbox_type", "base", "meta", Map.of("session_ctx_id", session));
		assertThat(Api.data(api.call("/create_from_pool", wanted)).isString()).isTrue();
	}

	/** The command, and which script. */
	private static String nameOf(String command) {
		return command.lines().findFirst().orElse("").replaceFirst("^(\"EVALSHA\" \"\\w+\"|\"\\w+\").*", "$1");
	}

	private static Map<String, Long> count(List<String> commands) {
		return commands.stream()
			.collect(Collectors.groupingBy(RedisCommandsIT::nameOf, TreeMap::new, Collectors.counting()));
	}

	/** The commands that scripts give inside are counted too. */
	@Test
	void whatAnIdleServerAsksForDoesNotDependOnHowMuchIsRecorded() {
		ServerProcess server = server("POOL_SIZE", "2", "RECONCILE_INTERVAL", "2s");
		Await.until("the pool is full", LIMIT, this::warm, (count) -> count == 2);
		try (SandboxStore store = TestRedis
			.open(TestRedis.at(this.redis).stateKey(STATE_KEY).timeout(LIMIT).properties())) {
			insert(FEW, store);
			long few = whileIdle();
			insert(MANY - FEW, store);
			long many = whileIdle();
			System.out.printf("commands in %d s, those in scripts too: %d with %d records, %d with %d%n",
					IDLE.toSeconds(), few, FEW, many, MANY);
			assertThat(many).isBetween(few / 2, few + few / 2);
		}
		server.kill(); // else it would look for the containers of all these
	}

	/** In use, as far as one can see, on an engine that is not the server's. */
	private static void insert(int count, SandboxStore store) {
		for (int i = 0; i < count; i++) {
			store.insert(TestSandboxes.placed("base", Owner.ANONYMOUS)
				.claimed(TestSandboxes.claim("idle-" + System.nanoTime(), Instant.now())), SlotLimits.NONE);
		}
	}

	private long whileIdle() {
		pause(Duration.ofSeconds(2));
		Map<String, Long> before = calls();
		pause(IDLE);
		Map<String, Long> after = calls();
		after.keySet().removeAll(Set.of("info"));
		return after.entrySet()
			.stream()
			.mapToLong((each) -> each.getValue() - before.getOrDefault(each.getKey(), 0L))
			.sum();
	}

	/** How often each command was given. */
	private Map<String, Long> calls() {
		return this.redis.cli("info", "commandstats")
			.lines()
			.map(STATISTIC::matcher)
			.filter(Matcher::matches)
			.collect(Collectors.toMap((line) -> line.group(1), (line) -> Long.parseLong(line.group(2)), Long::sum,
					TreeMap::new));
	}

	private int warm() {
		return Integer.parseInt(this.redis.cli("zcard", "{sandbox-manager}:warm"));
	}

	private static void pause(Duration time) {
		LockSupport.parkNanos(time.toNanos());
	}

}
