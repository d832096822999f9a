package io.sandboxmanager.store.redis;

import java.util.List;

import io.sandboxmanager.sandbox.SandboxId;
import redis.clients.jedis.Protocol.Command;

/** What all servers on one state must have in common. */
final class Identity {

	private static final String SEALED = "the key is right";

	private static final String PLACE = "seal";

	private Identity() {
	}

	/**
	 * The id of the servers on this state, made by the first of them.
	 * @throws io.sandboxmanager.sandbox.StateUnavailableException when this server has
	 * not the key that the state is encrypted with
	 */
	static String take(Redis redis, Seal seal) {
		String sealed = seal.seal(SEALED, PLACE);
		List<?> reply = (List<?>) redis.eval(Script.IDENTITY, List.of(SandboxId.random().value(), sealed));
		String kept = Fields.text(reply.get(1));
		seal.open(kept, PLACE);
		if (sealed.startsWith(Seal.MARK) && !kept.startsWith(Seal.MARK)) {
			redis.call(Command.SET, redis.key(PLACE), sealed); // from now on the key is
																// wanted
		}
		return Fields.text(reply.get(0));
	}

}
