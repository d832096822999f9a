package io.sandboxmanager.store.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the shared state is and how it is reached.
 *
 * @param nodes some nodes of the cluster, or the sentinels, as {@code host:port}; without
 * them it is {@code server} and {@code port}
 * @param sentinelMaster what the sentinels call the master
 * @param caFile certificates to trust, in PEM; without them those of the JVM
 * @param certFile the certificate by which this server shows who it is, in PEM
 * @param keyFile its key
 * @param poolSize how many commands may be under way at the same time
 * @param connectTimeout limit for making a connection, and for waiting for a free one
 * @param timeout limit of one command
 * @param keyTag what all keys begin with
 * @param stateKey encrypts what callers put in
 */
@ConfigurationProperties("sandbox-manager.redis")
public record RedisProperties(@DefaultValue("standalone") RedisMode mode, @DefaultValue("localhost") String server,
		@DefaultValue("6379") int port, @DefaultValue List<String> nodes, @DefaultValue("0") int database,
		@Nullable String user, @Nullable String password, @Nullable String sentinelMaster,
		@Nullable String sentinelUser, @Nullable String sentinelPassword, @DefaultValue("false") boolean tls,
		@Nullable Path caFile, @Nullable Path certFile, @Nullable Path keyFile, @DefaultValue("64") int poolSize,
		@DefaultValue("2s") Duration connectTimeout, @DefaultValue("2s") Duration timeout,
		@DefaultValue("{sandbox-manager}") String keyTag, @Nullable String stateKey) {

	/** The nodes to begin with. */
	List<String> seeds() {
		return this.nodes.isEmpty() ? List.of(this.server + ":" + this.port) : this.nodes;
	}

	/** What to call it in a message, with the variables that say where it is. */
	String address() {
		return switch (this.mode) {
			case STANDALONE -> "Redis at " + this.server + ":" + this.port + " (REDIS_SERVER, REDIS_PORT)";
			case SENTINEL -> "Redis master " + this.sentinelMaster + " of the sentinels " + String.join(", ", seeds())
					+ " (REDIS_SENTINEL_MASTER, REDIS_NODES)";
			case CLUSTER -> "Redis Cluster at " + String.join(", ", seeds()) + " (REDIS_NODES)";
		};
	}

	/** Shows no secrets. */
	@Override
	public String toString() {
		return "RedisProperties[" + address() + "]";
	}

}
