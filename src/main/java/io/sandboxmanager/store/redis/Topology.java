package io.sandboxmanager.store.redis;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.providers.ClusterConnectionProvider;
import redis.clients.jedis.providers.ConnectionProvider;
import redis.clients.jedis.util.Pool;

/**
 * Which node has our keys. Sentinels tell of a new master by themselves; of a cluster one
 * learns it from a node that was asked in vain, or by looking again.
 */
final class Topology implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Topology.class);

	private final ConnectionProvider connections;

	private final Set<Connection> greeted = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	/** Looks again, not in the time of a caller; one look waits at most. */
	private final ExecutorService looking = new ThreadPoolExecutor(0, 1, 10, TimeUnit.SECONDS,
			new LinkedBlockingQueue<>(1), (work) -> {
				Thread thread = new Thread(work, "redis-topology");
				thread.setDaemon(true);
				return thread;
			});

	Topology(ConnectionProvider connections) {
		this.connections = connections;
	}

	/**
	 * A connection to the node that has the command's key.
	 * @param greeting what is to be said on a new one before anything else
	 */
	Connection connect(CommandArguments command, Consumer<Connection> greeting) {
		Connection connection = this.connections.getConnection(command);
		if (this.greeted.add(connection)) {
			greet(connection, greeting);
		}
		return connection;
	}

	/** Every connection is greeted once more before it is used again. */
	void greetAgain() {
		this.greeted.clear();
	}

	private void greet(Connection connection, Consumer<Connection> greeting) {
		boolean done = false;
		try {
			greeting.accept(connection);
			done = true;
		}
		finally {
			if (!done) {
				this.greeted.remove(connection);
				connection.close();
			}
		}
	}

	Object execute(Connection connection, CommandArguments command) {
		try {
			return connection.executeCommand(command);
		}
		catch (JedisMovedDataException ex) {
			if (this.connections instanceof ClusterConnectionProvider cluster) {
				cluster.renewSlotCache(connection);
			}
			throw ex;
		}
	}

	/** Closes what nobody uses: it may lead to a Redis that is gone. */
	void forgetIdleConnections() {
		this.connections.getConnectionMap().values().forEach((pool) -> ((Pool<?>) pool).clear());
	}

	/** Looks soon which node has our keys. */
	void lookAgain() {
		if (this.connections instanceof ClusterConnectionProvider cluster) {
			try {
				this.looking.execute(() -> look(cluster));
			}
			catch (RejectedExecutionException ex) {
				logger.trace("A look at the cluster is waiting already, or the store is closed", ex);
			}
		}
	}

	private static void look(ClusterConnectionProvider cluster) {
		try {
			cluster.renewSlotCache();
		}
		catch (JedisException ex) {
			logger.debug("No node of the cluster says which one has our keys", ex);
		}
	}

	@Override
	public void close() {
		this.looking.shutdownNow();
		try {
			this.connections.close();
		}
		catch (Exception ex) {
			logger.warn("The connections to Redis could not be closed", ex);
		}
	}

}
