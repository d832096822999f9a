package io.sandboxmanager.store.redis;

import java.util.List;

import redis.clients.jedis.Protocol.Command;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;

/** What all servers on one state must have in common. */
final class Identity {

	private static final String SEALED = "the key is right";

	private static final String PLACE = "seal";

	private Identity() {
	}

	/**
	 * The id of the servers on this state, made by the first of them. Where Redis has
	 * none but this server remembers one, that one is it.
	 * @throws StateUnavailableException when this server has not the key that the state
	 * is encrypted with
	 */
	static String take(Redis redis, Seal seal, IdentityFile memory) {
		String remembered = memory.read().orElse("");
		String id = take(redis, seal, remembered.isEmpty() ? SandboxId.random().value() : remembered);
		if (!id.equals(remembered)) {
			memory.write(id);
		}
		return id;
	}

	/** What each connection begins with, see {@code incarnation.lua}. */
	static List<String> greeting(String id, Seal seal) {
		return List.of(id, seal.seal(SEALED, PLACE));
	}

	/**
	 * Looks at the answer to the {@link #greeting}.
	 * @throws StateUnavailableException when the state is that of other servers
	 */
	static void check(List<?> reply, String id) {
		if (Fields.text(reply.get(0)).equals("OTHER")) {
			throw new StateUnavailableException("the state in Redis belongs to other servers by now (their id is "
					+ Fields.text(reply.get(1)) + ", that of this one " + id
					+ "): it was lost, and they were started on it meanwhile. Restart this server to join them, or give it "
					+ "another REDIS_KEY_TAG", null);
		}
	}

	private static String take(Redis redis, Seal seal, String proposed) {
		String sealed = seal.seal(SEALED, PLACE);
		List<?> reply = (List<?>) redis.eval(Script.IDENTITY, List.of(proposed, sealed));
		String kept = Fields.text(reply.get(1));
		seal.open(kept, PLACE);
		if (sealed.startsWith(Seal.MARK) && !kept.startsWith(Seal.MARK)) {
			// from now on the key is wanted
			redis.call(Command.SET, redis.key(PLACE), sealed);
		}
		return Fields.text(reply.get(0));
	}

}
