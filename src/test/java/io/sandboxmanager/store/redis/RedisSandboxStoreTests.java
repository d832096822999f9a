package io.sandboxmanager.store.redis;

import java.time.Duration;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import io.sandboxmanager.store.AbstractSandboxStoreTests;
import io.sandboxmanager.store.SandboxStore;

/** The contract of all stores, kept by a real Redis whose records are encrypted. */
class RedisSandboxStoreTests extends AbstractSandboxStoreTests {

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
		return RedisSandboxStore.open(TestRedis.at(redis).stateKey("a key of the tests").properties());
	}

	@Override
	protected Duration ttl() {
		return Duration.ofMillis(400);
	}

	@Override
	protected void pass(Duration time) {
		super.pass(time);
		try {
			Thread.sleep(time.toMillis() + 30); // the clocks differ a little
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
