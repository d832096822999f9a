package io.sandboxmanager.store.redis;

import java.util.List;

import org.junit.jupiter.api.extension.RegisterExtension;

import io.sandboxmanager.store.AbstractStoreScheduleTests;
import io.sandboxmanager.store.SandboxStore;

/** Three servers on one Redis. */
class RedisStoreScheduleTests extends AbstractStoreScheduleTests {

	@RegisterExtension
	static final EmptyRedis redis = new EmptyRedis();

	@Override
	protected List<SandboxStore> clients() {
		return List.of(open(), open(), open());
	}

	@Override
	protected List<String> mistakesWithin() {
		return RedisBooks.mistakes(redis.server());
	}

	private static SandboxStore open() {
		return TestRedis.open(redis.address().properties());
	}

}
