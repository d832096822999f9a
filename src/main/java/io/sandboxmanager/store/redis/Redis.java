package io.sandboxmanager.store.redis;

import java.time.Duration;
import java.util.Collection;
import java.util.NoSuchElementException;
import java.util.function.Supplier;

import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Sends commands to the Redis that has our keys. A command is sent again when its
 * connection breaks, since it may be that of a Redis which was restarted long ago; so
 * each must do no harm when it is carried out twice.
 */
final class Redis implements AutoCloseable {

	private static final int MAX_REDIRECTS = 3;

	private final Topology topology;

	private final RedisErrors errors;

	private final Silence silence = new Silence();

	private final Duration limit;

	private final String tag;

	Redis(RedisProperties properties) {
		this.errors = new RedisErrors(properties);
		this.topology = new Topology(Connections.open(properties));
		this.limit = properties.connectTimeout().plus(properties.timeout());
		this.tag = properties.keyTag();
	}

	/** The name of a key. */
	String key(String... parts) {
		return this.tag + ":" + String.join(":", parts);
	}

	/** Runs a script. Redis is told its text only when it does not know it yet. */
	Object eval(Script script, Collection<?> arguments) {
		return ask(() -> {
			try {
				return send(evaluation(Command.EVALSHA, script.digest(), arguments));
			}
			catch (JedisNoScriptException ex) {
				return send(evaluation(Command.EVAL, script.text(), arguments));
			}
		});
	}

	/** Sends a command about one key. */
	Object call(Command command, String key, Object... arguments) {
		return ask(() -> send(new CommandArguments(command).key(key).addObjects(arguments)));
	}

	/** A connection to the node that has our keys, for one user until it is closed. */
	Connection connect() {
		try {
			return this.topology.connect(new CommandArguments(Command.SUBSCRIBE).key(this.tag));
		}
		catch (JedisException ex) {
			this.topology.lookAgain();
			throw this.errors.failure(ex);
		}
	}

	private CommandArguments evaluation(Command command, String script, Collection<?> arguments) {
		return new CommandArguments(command).add(script).add(1).key(this.tag).addObjects(arguments);
	}

	private Object ask(Supplier<Object> question) {
		if (!this.silence.mayAsk()) {
			throw this.errors.silent();
		}
		try {
			Object answer = question.get();
			this.silence.broken();
			return answer;
		}
		catch (JedisException ex) {
			note(ex);
			throw this.errors.failure(ex);
		}
		catch (RuntimeException | Error ex) {
			this.silence.unknown();
			throw ex;
		}
	}

	private void note(JedisException failure) {
		if (RedisErrors.isCausedBy(failure, NoSuchElementException.class)) {
			this.silence.unknown();
			return;
		}
		if (RedisErrors.isTimeout(failure)) {
			this.silence.begins();
		}
		else {
			this.silence.broken();
		}
		this.topology.lookAgain();
	}

	private Object send(CommandArguments command) {
		for (int redirects = 0;; redirects++) {
			try {
				return sendTwice(command);
			}
			catch (JedisMovedDataException ex) {
				if (redirects == MAX_REDIRECTS) {
					throw ex;
				}
			}
		}
	}

	private Object sendTwice(CommandArguments command) {
		long begin = System.nanoTime();
		Connection first = this.topology.connect(command);
		try (first) {
			return this.topology.execute(first, command);
		}
		catch (JedisConnectionException ex) {
			if (RedisErrors.isTimeout(ex)) {
				throw ex;
			}
			this.topology.forgetIdleConnections();
			return sendAgain(command, begin, ex);
		}
	}

	/** Within what is left of the time. */
	private Object sendAgain(CommandArguments command, long begin, JedisConnectionException failure) {
		Connection second = this.topology.connect(command);
		try (second) {
			long left = this.limit.toMillis() - (System.nanoTime() - begin) / 1_000_000;
			if (left <= 0) {
				throw failure;
			}
			second.setSoTimeout((int) Math.min(left, second.getSoTimeout()));
			Object answer = this.topology.execute(second, command);
			second.rollbackTimeout();
			return answer;
		}
	}

	@Override
	public void close() {
		this.topology.close();
	}

}
