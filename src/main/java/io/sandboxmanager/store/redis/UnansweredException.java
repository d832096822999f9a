package io.sandboxmanager.store.redis;

import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** A command was sent and not answered: it may be carried out, even later. */
class UnansweredException extends JedisConnectionException {

	UnansweredException(JedisException cause) {
		super(cause.getMessage(), cause);
	}

}
