package io.sandboxmanager.store.redis;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;

import static org.assertj.core.api.Assertions.assertThat;

/** The comparison of keys with records sees what is wrong. */
class RedisBooksTests {

	private static final String TAG = "{sandbox-manager}:";

	@RegisterExtension
	static final EmptyRedis redis = new EmptyRedis();

	private final Sandbox running = TestSandboxes.running("base", "s");

	private final Sandbox used = TestSandboxes.used("base", Owner.ANONYMOUS);

	private SandboxStore store;

	@BeforeEach
	void fill() {
		this.store = TestRedis.open(redis.address().properties());
		this.store.insert(this.running, Admission.within(SlotLimits.NONE));
		this.store.insert(this.used, Admission.within(SlotLimits.NONE));
		this.store.insert(TestSandboxes.warm("base"), Admission.within(SlotLimits.NONE));
		this.store.insert(TestSandboxes.provisioning("base", Owner.POOL), Admission.within(SlotLimits.NONE));
		assertThat(RedisBooks.mistakes(redis.server())).isEmpty();
	}

	@AfterEach
	void close() {
		this.store.close();
	}

	@Test
	void anEntryWithoutARecordIsAMistakeInEveryList() {
		redis.server()
			.cli("keys", TAG + "*")
			.lines()
			.filter((key) -> redis.server().cli("type", key).equals("zset"))
			.forEach((key) -> {
				redis.server().cli("zadd", key, "1", "orphan");
				assertThat(RedisBooks.mistakes(redis.server())).as(key)
					.hasSize(1)
					.allMatch((one) -> one.contains("orphan"));
				redis.server().cli("zrem", key, "orphan");
			});
		assertThat(RedisBooks.mistakes(redis.server())).isEmpty();
	}

	@Test
	void anEntryThatIsMissingIsAMistakeInEveryList() {
		redis.server()
			.cli("keys", TAG + "*")
			.lines()
			.filter((key) -> redis.server().cli("type", key).equals("zset"))
			.forEach((key) -> {
				List<String> first = redis.server().cli("zrange", key, "0", "0", "withscores").lines().toList();
				redis.server().cli("zrem", key, first.get(0));
				assertThat(RedisBooks.mistakes(redis.server())).as(key)
					.hasSize(1)
					.allMatch((one) -> one.contains(first.get(0)));
				redis.server().cli("zadd", key, first.get(1), first.get(0));
			});
		assertThat(RedisBooks.mistakes(redis.server())).isEmpty();
	}

	@Test
	void aWrongContainerReferenceDeadlineAndKeyAreMistakes() {
		String id = this.running.id().value();
		redis.server().cli("hset", TAG + "containers:engine-1", "gone", id);
		redis.server().cli("hdel", TAG + "refs", this.running.requirePlacement().ref());
		redis.server().cli("zadd", TAG + "deadlines", "1", id);
		redis.server().cli("set", TAG + "unexplained", "1");
		redis.server().cli("set", "elsewhere", "1");
		assertThat(RedisBooks.mistakes(redis.server())).hasSize(6)
			.anyMatch((one) -> one.contains("gone = " + id))
			.anyMatch((one) -> one.startsWith("refs lacks"))
			.anyMatch((one) -> one.contains(id + " at 1"))
			.anyMatch((one) -> one.contains("unexplained"))
			.anyMatch((one) -> one.contains("elsewhere"));
	}

}
