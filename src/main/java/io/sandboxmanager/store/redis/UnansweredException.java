package io.sandboxmanager.store.redis;

import redis.clients.jedis.exceptions.JedisConnectionException;

/** A command was sent and not answered: it may be carried out, even later. */
class UnansweredException extends JedisConnectionException {

	UnansweredException(JedisConnectionException cause) {
		super(cause.getMessage(), cause);
	}

}
