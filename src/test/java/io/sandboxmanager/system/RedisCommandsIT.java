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
import java.util.stream.IntStream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;
import io.sandboxmanager.store.redis.TestRedis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What a server asks Redis for: counted, since counts do not depend on the machine. */
class RedisCommandsIT {

	private static final int ACQUIRES = 8;

	private static final int FEW = 100;

	private static final int MANY = 10_000;

	private static final Duration LIMIT = Duration.ofSeconds(60);

	/** In which a command is seen that an acquire leaves to a thread behind it. */
	private static final Duration AFTERWARDS = Duration.ofMillis(50);

	/** In which everything that a server does by itself has been done at least once. */
	private static final Duration IDLE = Duration.ofSeconds(11);

	private static final Pattern STATISTIC = Pattern.compile("cmdstat_([^:]+):calls=(\\d+),.*");

	@RegisterExtension
	static final SharedState state = SharedState.forEachTest();

	private static ServerProcess server(String... settings) {
		return state.server(settings)
			.set("RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf")
			.set("MAX_SANDBOX_INSTANCES", "1000")
			.set("MIN_FREE_DISK", "1KB")
			.start();
	}

	/**
	 * The engine is silent meanwhile: who asked it would wait, and so does the refill,
	 * with the one member that it may make at a time.
	 */
	@Test
	void warmAcquireIsOneCommandAndAsksTheEngineNothing() throws IOException {
		try (EngineProxy engine = new EngineProxy(); RedisMonitor monitor = new RedisMonitor(state.redis())) {
			ServerProcess server = server("DOCKER_HOST", engine.dockerHost(), "RECONCILE_INTERVAL", "1h", "POOL_SIZE",
					Integer.toString(2 * ACQUIRES), "FILL_CONCURRENCY", "1", "WATCHER_SCAN_INTERVAL", "1h",
					"VERIFY_INTERVAL", "1h");
			Await.until("the pool is full", LIMIT, RedisCommandsIT::warm, (count) -> count == 2 * ACQUIRES);
			acquire(server.api(), "the first is told to Redis with the text of its script");
			Await.until("the pool is full again", LIMIT, RedisCommandsIT::warm, (count) -> count == 2 * ACQUIRES);
			engine.fallSilent();
			AcquireCommands.assertOneEach(acquires("one", server.api(), monitor, () -> {
			}));
			assertThat(calls()).doesNotContainKey("keys").doesNotContainKey("scan");
			assertThat(warm()).isEqualTo(ACQUIRES);
			assertSecondCommandWouldBeSeen(server.api(), monitor);
			engine.speakAgain();
			server.stop();
		}
	}

	/** One of a kind that servers send in the background too. */
	private static void assertSecondCommandWouldBeSeen(Api api, RedisMonitor monitor) {
		try (SandboxStore store = state.open()) {
			List<List<String>> two = acquires("two", api, monitor, store::incarnation);
			assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> AcquireCommands.assertOneEach(two))
				.withMessageContaining("came with every acquire");
		}
	}

	/** The commands of each acquire, with those that came in the moment after it. */
	private static List<List<String>> acquires(String sessions, Api api, RedisMonitor monitor, Runnable more) {
		return IntStream.range(0, ACQUIRES).mapToObj((i) -> monitor.during(() -> {
			acquire(api, sessions + i);
			more.run();
			pause(AFTERWARDS);
		})).toList();
	}

	private static void acquire(Api api, String session) {
		Map<String, ?> wanted = Map.of("sandbox_type", "base", "meta", Map.of("session_ctx_id", session));
		assertThat(Api.data(api.call("/create_from_pool", wanted)).isString()).isTrue();
	}

	/** The commands that scripts give inside are counted too. */
	@Tag("full")
	@Test
	void whatAnIdleServerAsksForDoesNotDependOnHowMuchIsRecorded() {
		ServerProcess server = server("POOL_SIZE", "2", "RECONCILE_INTERVAL", "2s");
		Await.until("the pool is full", LIMIT, RedisCommandsIT::warm, (count) -> count == 2);
		try (SandboxStore store = TestRedis
			.open(TestRedis.at(state.redis()).stateKey(SharedState.STATE_KEY).timeout(LIMIT).properties())) {
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
			store.insert(
					TestSandboxes.placed("base", Owner.ANONYMOUS)
						.claimed(TestSandboxes.claim("idle-" + System.nanoTime(), Instant.now())),
					Admission.within(SlotLimits.NONE));
		}
	}

	private static long whileIdle() {
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
	private static Map<String, Long> calls() {
		return state.redis()
			.cli("info", "commandstats")
			.lines()
			.map(STATISTIC::matcher)
			.filter(Matcher::matches)
			.collect(Collectors.toMap((line) -> line.group(1), (line) -> Long.parseLong(line.group(2)), Long::sum,
					TreeMap::new));
	}

	private static int warm() {
		return state.size("warm");
	}

	private static void pause(Duration time) {
		LockSupport.parkNanos(time.toNanos());
	}

}
