package io.sandboxmanager.store.redis;

/** How Redis is set up. */
public enum RedisMode {

	/** One server. */
	STANDALONE,

	/** One server with replicas, one of which Sentinel makes the next master. */
	SENTINEL,

	/** Redis Cluster: all keys are on one of its masters. */
	CLUSTER

}
