package io.sandboxmanager.store.redis;

import java.util.List;

import io.sandboxmanager.store.AbstractStoreScheduleTests;
import io.sandboxmanager.store.SandboxStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Three servers on one Redis. */
class RedisStoreScheduleTests extends AbstractStoreScheduleTests {

	private static RedisServer redis;

	@BeforeAll
	static void start() {
		redis = RedisServer.start();
	}

	@AfterAll
	static void stop() {
		redis.close();
	}

	@Override
	protected List<SandboxStore> clients() {
		redis.cli("flushall");
		return List.of(open(), open(), open());
	}

	private static SandboxStore open() {
		return TestRedis.open(TestRedis.at(redis).properties());
	}

}
