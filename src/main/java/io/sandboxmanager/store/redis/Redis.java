package io.sandboxmanager.store.redis;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;

import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

import io.sandboxmanager.sandbox.StateUnavailableException;

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

	private volatile List<String> greeting = List.of();

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
		return ask((question) -> {
			try {
				return send(question, evaluation(Command.EVALSHA, script.digest(), arguments));
			}
			catch (JedisNoScriptException ex) {
				return send(question, evaluation(Command.EVAL, script.text(), arguments));
			}
		});
	}

	/**
	 * Begins every connection with a question from now on, before anything else is said:
	 * whether this Redis is the one that it was before.
	 * @param arguments of {@link Script#INCARNATION}
	 */
	void greetWith(List<String> arguments) {
		this.greeting = arguments;
	}

	/**
	 * Asks what every connection begins with.
	 * @throws StateUnavailableException when the state is that of other servers by now;
	 * then it is on every connection
	 */
	List<?> greet() {
		List<?> answer = (List<?>) eval(Script.INCARNATION, this.greeting);
		try {
			Identity.check(answer, this.greeting.get(0));
			return answer;
		}
		catch (StateUnavailableException ex) {
			this.topology.greetAgain();
			throw ex;
		}
	}

	private Connection open(CommandArguments command) {
		return this.topology.connect(command, this::greet);
	}

	private void greet(Connection connection) {
		if (!this.greeting.isEmpty()) {
			CommandArguments question = evaluation(Command.EVAL, Script.INCARNATION.text(), this.greeting);
			Identity.check((List<?>) this.topology.execute(connection, question), this.greeting.get(0));
		}
	}

	/** Sends a command about one key. */
	Object call(Command command, String key, Object... arguments) {
		return ask((question) -> send(question, new CommandArguments(command).key(key).addObjects(arguments)));
	}

	/** A connection to the node that has our keys, for one user until it is closed. */
	Connection connect() {
		try {
			return open(new CommandArguments(Command.SUBSCRIBE).key(this.tag));
		}
		catch (JedisException ex) {
			this.topology.lookAgain();
			throw this.errors.failure(ex);
		}
	}

	private CommandArguments evaluation(Command command, String script, Collection<?> arguments) {
		return new CommandArguments(command).add(script).add(1).key(this.tag).addObjects(arguments);
	}

	private Object ask(Function<Question, Object> asking) {
		if (!this.silence.mayAsk()) {
			throw this.errors.silent();
		}
		Question question = new Question();
		try {
			Object answer = asking.apply(question);
			this.silence.answered();
			return answer;
		}
		catch (JedisException ex) {
			note(ex);
			throw this.errors.failure(question.inDoubt ? new UnansweredException(ex) : ex);
		}
		catch (RuntimeException | Error ex) {
			this.silence.notAsked();
			throw ex;
		}
	}

	private void note(JedisException failure) {
		if (RedisErrors.isCausedBy(failure, NoSuchElementException.class)) {
			this.silence.notAsked();
			return;
		}
		if (RedisErrors.isTimeout(failure)) {
			this.silence.timedOut();
		}
		else {
			this.silence.answered();
		}
		if (RedisErrors.isReadOnly(failure)) {
			this.topology.forgetIdleConnections();
		}
		this.topology.lookAgain();
	}

	private Object send(Question question, CommandArguments command) {
		for (int redirects = 0;; redirects++) {
			try {
				return sendTwice(question, command);
			}
			catch (JedisMovedDataException ex) {
				if (redirects == MAX_REDIRECTS) {
					throw ex;
				}
			}
		}
	}

	private Object sendTwice(Question question, CommandArguments command) {
		long begin = System.nanoTime();
		Connection first = open(command);
		try (first) {
			return this.topology.execute(first, command);
		}
		catch (JedisConnectionException ex) {
			question.inDoubt = true;
			if (RedisErrors.isTimeout(ex)) {
				throw ex;
			}
			this.topology.forgetIdleConnections();
			return sendAgain(command, begin, ex);
		}
	}

	/** Within what is left of the time. */
	private Object sendAgain(CommandArguments command, long begin, JedisConnectionException failure) {
		try (Connection second = open(command)) {
			long left = this.limit.toMillis() - (System.nanoTime() - begin) / 1_000_000;
			if (left <= 0) {
				throw failure;
			}
			return executeWithin((int) Math.min(left, second.getSoTimeout()), second, command);
		}
	}

	private Object executeWithin(int millis, Connection connection, CommandArguments command) {
		connection.setSoTimeout(millis);
		try {
			return this.topology.execute(connection, command);
		}
		finally {
			if (!connection.isBroken()) {
				connection.rollbackTimeout();
			}
		}
	}

	@Override
	public void close() {
		this.topology.close();
	}

	/** What is asked, however often it has to be sent. */
	private static final class Question {

		/**
		 * Whether it was sent over a connection that broke then: it may have been carried
		 * out, whatever is answered to what is sent after that.
		 */
		private boolean inDoubt;

	}

}
