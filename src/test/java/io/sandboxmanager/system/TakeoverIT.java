package io.sandboxmanager.system;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import io.sandboxmanager.store.redis.RedisServer;

import static org.assertj.core.api.Assertions.assertThat;

/** How soon others go on when a server, a member or the master of Redis is gone. */
@Timeout(240)
class TakeoverIT {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	/** The lease to fill a pool lasts three seconds. */
	private static final Duration AFTER_KILL = Duration.ofSeconds(5);

	private static final Duration AFTER_STOP = Duration.ofSeconds(1);

	private static final Duration DEAD_MEMBER = Duration.ofSeconds(1);

	private static final int POOL = 12;

	private static final String TAG = "{sandbox-manager}:";

	@RegisterExtension
	static final SharedState state = SharedState.forEachTest();

	private static ServerProcess server(String... settings) {
		return state.server(settings).set("RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf").set("FILL_CONCURRENCY", "1");
	}

	@Test
	void thePoolOfAKilledServerIsFilledByTheOther() {
		Duration taken = untilTheOtherFills(ServerProcess::kill);
		assertThat(taken).isLessThan(AFTER_KILL);
	}

	@Test
	void thePoolOfAServerThatStopsIsFilledByTheOtherAtOnce() {
		Duration taken = untilTheOtherFills(ServerProcess::terminate);
		assertThat(taken).isLessThan(AFTER_STOP);
	}

	/**
	 * Both serve a pool that lacks members, and the one that fills it is ended. It makes
	 * one member at a time and only while it has the lease, so what is begun after the
	 * other has got that is the other's.
	 */
	private static Duration untilTheOtherFills(Consumer<ServerProcess> end) {
		ServerProcess one = server("POOL_SIZE", "1").start();
		String nameOfOne = redis("zrange", TAG + "servers", "0", "-1").get(0);
		ServerProcess other = server("POOL_SIZE", "1").start();
		Await.until("the pool is full", LIMIT, () -> state.size("warm"), (count) -> count == 1);
		one.api().send("PUT", "/api/v1/pools/base/bounds", "{\"min\": %d, \"max\": %d}".formatted(POOL, POOL));
		String holder = Await.until("somebody fills and is at work", LIMIT,
				() -> (state.size("starting:base") > 0) ? holder() : "", (name) -> !name.isEmpty());
		ServerProcess ended = holder.equals(nameOfOne) ? one : other;
		long begin = System.nanoTime();
		end.accept(ended);
		Set<String> before = new HashSet<>();
		Await.until("the other has the right to fill", LIMIT, () -> {
			before.addAll(ids());
			return holder();
		}, (name) -> !name.isEmpty() && !name.equals(holder));
		Await.until("a member is begun", LIMIT, TakeoverIT::ids, (now) -> !before.containsAll(now));
		Duration taken = Duration.ofNanos(System.nanoTime() - begin);
		System.out.printf("the other began its first member %d ms after the end of the one that filled%n",
				taken.toMillis());
		ServerProcess left = (ended == one) ? other : one;
		left.api().send("PUT", "/api/v1/pools/base/bounds", "{\"min\": 2, \"max\": 2}");
		return taken;
	}

	private static String holder() {
		return redis("hget", TAG + "lease:fill:base", "holder").stream().findFirst().orElse("");
	}

	private static Set<String> ids() {
		return new HashSet<>(redis("zrange", TAG + "ids", "0", "-1"));
	}

	private static List<String> redis(String... command) {
		return state.redis().cli(command).lines().filter((line) -> !line.isBlank()).toList();
	}

	@Test
	void aMemberThatIsKilledLeavesThePoolAndIsReplaced() {
		ServerProcess server = server("POOL_SIZE", "2").start();
		Await.until("the pool is full", LIMIT, () -> state.size("warm"), (count) -> count == 2);
		String dead = redis("zrange", TAG + "warm:base", "0", "0").get(0);
		CommandResult killed = CommandResult.of("docker", "kill", server.prefix() + dead);
		long begin = System.nanoTime();
		assertThat(killed.exitCode()).as(killed.output()).isZero();
		Await.until("it has left the pool", LIMIT, () -> redis("zrange", TAG + "warm:base", "0", "-1"),
				(warm) -> !warm.contains(dead));
		Duration taken = Duration.ofNanos(System.nanoTime() - begin);
		System.out.printf("a killed member left its pool after %d ms%n", taken.toMillis());
		assertThat(taken).isLessThan(DEAD_MEMBER);
		Await.until("it is replaced", LIMIT, () -> state.size("warm"), (count) -> count == 2);
		System.out.printf("it was replaced after %d ms%n", Duration.ofNanos(System.nanoTime() - begin).toMillis());
		assertThat(redis("zrange", TAG + "warm:base", "0", "-1")).doesNotContain(dead);
	}

	/** What was claimed on the old master is perhaps unknown to the new one. */
	@Tag("full")
	@Test
	void afterAFailoverNothingIsHandedOutTwiceAndThePoolIsRenewed() {
		try (RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1 " + state.redis().port());
				RedisServer one = sentinel();
				RedisServer two = sentinel();
				RedisServer three = sentinel()) {
			Await.until("the replica follows", LIMIT, () -> replica.cli("info", "replication"),
					(info) -> info.contains("master_link_status:up"));
			String nodes = String.join(",",
					Stream.of(one, two, three).map((each) -> "127.0.0.1:" + each.port()).toList());
			ServerProcess server = server("POOL_SIZE", "2", "REDIS_MODE", "sentinel", "REDIS_NODES", nodes,
					"REDIS_SENTINEL_MASTER", RedisServer.MASTER)
				.start();
			Await.until("the pool is full", LIMIT, () -> state.size("warm"), (count) -> count == 2);
			List<String> handedOut = new ArrayList<>(List.of(server.api().acquire()));
			Await.until("the pool is full again", LIMIT, () -> state.size("warm"), (count) -> count == 2);
			Set<String> before = new TreeSet<>(redis("zrange", TAG + "warm", "0", "-1"));
			Await.until("the replica knows them", LIMIT, () -> warm(replica), before::equals);
			long begin = System.nanoTime();
			state.redis().kill();
			Await.until("the pool is renewed", LIMIT, () -> warm(replica),
					(warm) -> warm.size() == 2 && warm.stream().noneMatch(before::contains));
			System.out.printf("the pool was renewed %d ms after the end of the master%n",
					Duration.ofNanos(System.nanoTime() - begin).toMillis());
			for (int i = 0; i < 3; i++) {
				handedOut.add(server.api().acquire());
			}
			assertThat(handedOut).doesNotHaveDuplicates()
				.noneMatch((name) -> before.contains(name.substring(server.prefix().length())));
			handedOut.forEach((name) -> assertThat(
					replica.cli("hget", TAG + "sandbox:" + name.substring(server.prefix().length()), "state"))
				.isEqualTo("RUNNING"));
			server.stop();
			assertThat(server.containers().isEmpty() || server.log().contains("The sandboxes stay")).isTrue();
			assertThatTheNextOneRemovesAll(server);
		}
	}

	/** The one that saw the master go is for ten seconds not sure to be the last. */
	private static void assertThatTheNextOneRemovesAll(ServerProcess server) {
		server.start().stop();
		assertThat(server.containers()).isEmpty();
	}

	private static Set<String> warm(RedisServer redis) {
		return new TreeSet<>(
				redis.cli("zrange", TAG + "warm", "0", "-1").lines().filter((id) -> !id.isBlank()).toList());
	}

	private static RedisServer sentinel() {
		return RedisServer.startSentinel(state.redis().port());
	}

}
