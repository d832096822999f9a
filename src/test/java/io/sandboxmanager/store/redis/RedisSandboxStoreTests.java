package io.sandboxmanager.store.redis;

import org.junit.jupiter.api.extension.RegisterExtension;

import io.sandboxmanager.store.SandboxStore;

/** The contract of all stores, kept by a real Redis whose records are encrypted. */
class RedisSandboxStoreTests extends AbstractRedisStoreTests {

	@RegisterExtension
	static final EmptyRedis redis = new EmptyRedis();

	@Override
	protected SandboxStore createStore() {
		return TestRedis.open(redis.address().stateKey("a key of the tests").properties());
	}

}
