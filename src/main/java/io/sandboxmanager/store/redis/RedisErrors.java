package io.sandboxmanager.store.redis;

import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.NoSuchElementException;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

import io.sandboxmanager.sandbox.StateUnavailableException;

/** Says what is wrong with Redis and what to do about it. */
final class RedisErrors {

	private final RedisProperties properties;

	RedisErrors(RedisProperties properties) {
		this.properties = properties;
	}

	StateUnavailableException failure(JedisException cause) {
		return new StateUnavailableException(
				"the state is not available: " + this.properties.address() + " " + what(cause), cause);
	}

	/** It did not answer a moment ago. */
	StateUnavailableException silent() {
		return new StateUnavailableException(
				"the state is not available: " + this.properties.address() + " has stopped answering", null);
	}

	private String what(JedisException cause) {
		if (cause instanceof UnansweredException && cause.getCause() instanceof JedisException second) {
			return what(second);
		}
		String text = rootText(cause);
		if (isCausedBy(cause, NoSuchElementException.class)) {
			return "is asked too much: all " + this.properties.poolSize()
					+ " connections have been in use for REDIS_CONNECT_TIMEOUT; raise REDIS_POOL_SIZE";
		}
		if (cause instanceof JedisAskDataException) {
			return "is moving its keys to another node; try again when it has finished";
		}
		if (cause instanceof JedisAccessControlException) {
			return "lets this server do too little: " + text + "; see REDIS_USER, REDIS_PASSWORD and docs/state.md";
		}
		if (isReadOnly(cause)) {
			return "has become the replica of another: try again in a moment, and see that its address leads to the primary";
		}
		if (cause instanceof JedisDataException) {
			return "answers: " + text;
		}
		if (isTimeout(cause)) {
			return "did not answer in time: " + text + " (REDIS_CONNECT_TIMEOUT, REDIS_TIMEOUT)";
		}
		if (isCausedBy(cause, UnknownHostException.class)) {
			return "cannot be found: " + text;
		}
		return "cannot be reached: " + text + "; start it, or correct the address";
	}

	static boolean isTimeout(Throwable failure) {
		return isCausedBy(failure, SocketTimeoutException.class);
	}

	/**
	 * Whether it was a primary once: a name may lead to the new one by now, which nobody
	 * finds out who has a connection to this one.
	 */
	static boolean isReadOnly(Throwable failure) {
		return isCausedBy(failure, JedisDataException.class) && rootText(failure).startsWith("READONLY");
	}

	/** What the first cause of all says. */
	static String rootText(Throwable failure) {
		Throwable root = failure;
		for (Throwable next = next(root); next != null; next = next(root)) {
			root = next;
		}
		return Objects.requireNonNullElse(root.getMessage(), root.getClass().getSimpleName());
	}

	static boolean isCausedBy(Throwable failure, Class<? extends Throwable> type) {
		for (Throwable each = failure; each != null; each = next(each)) {
			if (type.isInstance(each)) {
				return true;
			}
		}
		return false;
	}

	/** Where several nodes were tried, the failures of each are suppressed. */
	private static @Nullable Throwable next(Throwable failure) {
		if (failure.getCause() != null && failure.getCause() != failure) {
			return failure.getCause();
		}
		return (failure.getSuppressed().length > 0) ? failure.getSuppressed()[0] : null;
	}

}
