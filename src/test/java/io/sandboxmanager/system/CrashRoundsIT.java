package io.sandboxmanager.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.redis.RedisBooks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers on one Redis, of which now the one and now the other is killed while callers
 * use them all. In the end the books must agree. {@code -Dcrash.seed=} makes the same
 * choices again.
 */
class CrashRoundsIT {

	private static final String SEED = "crash.seed";

	/** While one starts, the others go on being used and killed. */
	private static final int SERVERS = 3;

	private static final int POOL_SIZE = 3;

	private static final int CALLERS = 3;

	private static final int KEPT = 4;

	private static final int LONGEST_PAUSE_MILLIS = 500;

	/** Longer than a start of the servers, since the kept ones are to outlast that. */
	private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(15);

	private static final String HEARTBEAT = HEARTBEAT_TIMEOUT.toSeconds() + "s";

	/** With a pool of as many as the other one. */
	private static final String REUSE = """
			types:
			  base:
			    image: runtime-sandbox-base
			    pool: { min: 3, max: 3 }
			    reuse: { max_uses: 4 }
			""";

	/** Until everything is as if nothing had happened. */
	private static final Duration HEALED = Duration.ofSeconds(30);

	/** In which servers are between two steps at least once. */
	private static final Duration QUIET = Duration.ofSeconds(5);

	@RegisterExtension
	static final SharedState state = SharedState.forEachTest();

	@Test
	void booksAgreeAfterSixtyCrashes() {
		crash(60, CrashRoundsIT::server);
	}

	@Tag("full")
	@Test
	void booksAgreeAfterFiveHundredCrashes() {
		crash(500, CrashRoundsIT::server);
	}

	@Tag("full")
	@Test
	void booksAgreeWhereReleasedSandboxesAreUsedAgain(@TempDir Path folder) throws IOException {
		String types = Files.writeString(folder.resolve("types.yaml"), REUSE).toString();
		crash(60, () -> state.server("SANDBOX_TYPES", types, "HEARTBEAT_TIMEOUT", HEARTBEAT));
		try (SandboxStore store = state.open()) {
			assertThat(Books.read(store, new Answers()).records()).as("some were")
				.anyMatch((record) -> record.turns() > 1);
		}
	}

	private void crash(int rounds, Supplier<ServerProcess> server) {
		long seed = Long.getLong(SEED, System.nanoTime());
		System.out.printf("crashing with -D%s=%d%n", SEED, seed);
		SplittableRandom random = new SplittableRandom(seed);
		Answers answers = new Answers();
		List<Replica> replicas = Stream.generate(() -> new Replica(server.get())).limit(SERVERS).toList();
		replicas.forEach(Replica::begin);
		replicas.forEach((replica) -> replica.awaitServing(ServerProcess.START_LIMIT));
		long begin = System.nanoTime();
		try (Callers callers = new Callers(CALLERS, KEPT, replicas, answers, random.split());
				SandboxStore store = state.open()) {
			for (int round = 0; round < rounds; round++) {
				int before = answers.acquired();
				Await.until("a caller gets a sandbox", ServerProcess.START_LIMIT, answers::acquired,
						(count) -> count > before);
				killOne(replicas, random);
			}
			replicas.forEach((replica) -> replica.awaitServing(ServerProcess.START_LIMIT));
			callers.end();
			System.out.printf("%d crashes in %d s: %s%n", rounds, secondsSince(begin), answers);
			long end = System.nanoTime();
			Await.until("the books agree", HEALED.plus(HEARTBEAT_TIMEOUT),
					() -> Books.read(store, answers).mistakes(POOL_SIZE), List::isEmpty);
			System.out.printf("the books agreed after %d s%n", secondsSince(end));
			Await.until("the keys follow from the records", QUIET, () -> RedisBooks.mistakes(state.redis()),
					List::isEmpty);
		}
		assertThat(answers.complaints()).isEmpty();
		assertThat(answers.lost()).as("answers that a crash has cut off").isPositive();
	}

	private static ServerProcess server() {
		return state.server("RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf", "POOL_SIZE", Integer.toString(POOL_SIZE),
				"HEARTBEAT_TIMEOUT", HEARTBEAT);
	}

	/**
	 * Kills one of those that serve, in the midst of what it does. In one of three rounds
	 * all others serve too; else it may be that nobody does for a moment.
	 */
	private static void killOne(List<Replica> replicas, SplittableRandom random) {
		long wanted = (random.nextInt(3) == 0) ? replicas.size() : 1;
		List<Replica> serving = Await.until("servers serve", ServerProcess.START_LIMIT,
				() -> replicas.stream().filter(Replica::isServing).toList(), (found) -> found.size() >= wanted);
		LockSupport.parkNanos(Duration.ofMillis(random.nextInt(LONGEST_PAUSE_MILLIS)).toNanos());
		serving.get(random.nextInt(serving.size())).killAndBegin();
	}

	private static long secondsSince(long nanoTime) {
		return Duration.ofNanos(System.nanoTime() - nanoTime).toSeconds();
	}

}
