package io.sandboxmanager.store.redis;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import io.sandboxmanager.store.SandboxStore;

/** The contract of all stores, kept by a real Redis whose records are encrypted. */
class RedisSandboxStoreTests extends AbstractRedisStoreTests {

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
	protected SandboxStore createStore() {
		redis.cli("flushall");
		return TestRedis.open(TestRedis.at(redis).stateKey("a key of the tests").properties());
	}

}
