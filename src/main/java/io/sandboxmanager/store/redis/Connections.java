package io.sandboxmanager.store.redis;

import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.providers.ClusterConnectionProvider;
import redis.clients.jedis.providers.ConnectionProvider;
import redis.clients.jedis.providers.PooledConnectionProvider;
import redis.clients.jedis.providers.SentineledConnectionProvider;

import io.sandboxmanager.sandbox.StateUnavailableException;

/** Opens the way to Redis, however it is set up. */
final class Connections {

	/** The one on which signals are heard. */
	private static final int BESIDES_COMMANDS = 1;

	private Connections() {
	}

	/**
	 * Opens pools of connections.
	 * @throws StateUnavailableException when the sentinels or the cluster do not say
	 * where to connect to; a single server is connected to later
	 */
	static ConnectionProvider open(RedisProperties properties) {
		JedisClientConfig config = config(properties, properties.user(), properties.password()).build();
		ConnectionPoolConfig pool = pool(properties);
		Set<HostAndPort> seeds = properties.seeds().stream().map(HostAndPort::from).collect(Collectors.toSet());
		try {
			return switch (properties.mode()) {
				case STANDALONE -> new PooledConnectionProvider(seeds.iterator().next(), config, pool);
				case SENTINEL -> new SentineledConnectionProvider(properties.sentinelMaster(), config, pool, seeds,
						sentinelConfig(properties));
				case CLUSTER -> new ClusterConnectionProvider(seeds, config, pool);
			};
		}
		catch (JedisException ex) {
			throw new RedisErrors(properties).failure(ex);
		}
	}

	private static JedisClientConfig sentinelConfig(RedisProperties properties) {
		return config(properties, properties.sentinelUser(), properties.sentinelPassword()).database(0).build();
	}

	private static DefaultJedisClientConfig.Builder config(RedisProperties properties, @Nullable String user,
			@Nullable String password) {
		DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
			.resp2()
			.clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
			.connectionTimeoutMillis((int) properties.connectTimeout().toMillis())
			.socketTimeoutMillis((int) properties.timeout().toMillis())
			.database(properties.database())
			.user(user)
			.password(password);
		return properties.tls() ? RedisTls.secure(config, properties) : config;
	}

	private static ConnectionPoolConfig pool(RedisProperties properties) {
		ConnectionPoolConfig pool = new ConnectionPoolConfig();
		pool.setMaxTotal(properties.poolSize() + BESIDES_COMMANDS);
		pool.setMaxIdle(properties.poolSize() + BESIDES_COMMANDS);
		pool.setMaxWait(properties.connectTimeout());
		pool.setJmxEnabled(false);
		return pool;
	}

}
