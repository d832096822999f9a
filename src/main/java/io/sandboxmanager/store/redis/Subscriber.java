package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.exceptions.JedisException;

/** Listens on one connection as long as it lasts. */
final class Subscriber extends JedisPubSub implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Subscriber.class);

	private final Connection connection;

	private final Runnable subscribed;

	private final Consumer<String> heard;

	/** Whether Redis was asked for a sign of life that has not come yet. */
	private volatile boolean waiting;

	Subscriber(Connection connection, Runnable subscribed, Consumer<String> heard) {
		this.connection = connection;
		this.subscribed = subscribed;
		this.heard = heard;
	}

	void listen(String channel) {
		proceed(this.connection, channel);
	}

	@Override
	public void onSubscribe(String channel, int count) {
		this.subscribed.run();
	}

	@Override
	public void onMessage(String channel, String topic) {
		this.waiting = false;
		this.heard.accept(topic);
	}

	@Override
	public void onPong(String text) {
		this.waiting = false;
	}

	/** Asks for a sign of life; gives up when there was none since the last time. */
	void check() {
		if (this.waiting) {
			disconnect();
		}
		else if (isSubscribed()) {
			this.waiting = true;
			try {
				ping();
			}
			catch (JedisException ex) {
				disconnect();
			}
		}
	}

	/** Ends the listening, from any thread. */
	void disconnect() {
		try {
			this.connection.forceDisconnect();
		}
		catch (IOException | JedisException ex) {
			logger.debug("The connection for signals is broken already", ex);
		}
	}

	/** A connection that was listened on serves nothing else. */
	@Override
	public void close() {
		this.connection.setBroken();
		this.connection.close();
	}

}
