package io.sandboxmanager.store.redis;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import io.sandboxmanager.store.SandboxStore;

/** The contract of all stores, kept by a Redis Cluster of three nodes. */
class RedisClusterStoreTests extends AbstractRedisStoreTests {

	private static RedisCluster cluster;

	@BeforeAll
	static void start() {
		cluster = RedisCluster.start();
	}

	@AfterAll
	static void stop() {
		cluster.close();
	}

	@Override
	protected SandboxStore createStore() {
		cluster.nodes().forEach((node) -> node.cli("flushall"));
		return TestRedis.open(TestRedis.cluster(cluster.addresses()).properties());
	}

}
