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
	 * The id of the servers on this state, made by the first of them. Where Redis has
	 * none but this server remembers one, that one is it, and Redis is told so only by
	 * {@link #refound}: until then everybody sees that the state is lost.
	 * @throws io.sandboxmanager.sandbox.StateUnavailableException when this server has
	 * not the key that the state is encrypted with
	 */
	static String take(Redis redis, Seal seal, IdentityFile memory) {
		String remembered = memory.read().orElse("");
		String id = take(redis, seal, remembered.isEmpty() ? SandboxId.random().value() : "");
		if (id.isEmpty()) {
			return remembered;
		}
		if (!id.equals(remembered)) {
			memory.write(id);
		}
		return id;
	}

	/** Gives a state that has no id this one, unless another server was quicker. */
	static void refound(Redis redis, Seal seal, String id) {
		take(redis, seal, id);
	}

	private static String take(Redis redis, Seal seal, String proposed) {
		String sealed = seal.seal(SEALED, PLACE);
		List<?> reply = (List<?>) redis.eval(Script.IDENTITY, List.of(proposed, sealed));
		String kept = Fields.text(reply.get(1));
		seal.open(kept, PLACE);
		if (sealed.startsWith(Seal.MARK) && !kept.startsWith(Seal.MARK)) {
			redis.call(Command.SET, redis.key(PLACE), sealed); // from now on the key is
																// wanted
		}
		return Fields.text(reply.get(0));
	}

}
