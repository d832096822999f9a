package io.sandboxmanager.store.memory;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

import io.sandboxmanager.store.EngineMismatchException;

/** Which servers use the state. Not safe for several threads. */
class Servers {

	private final Map<String, Presence> present = new HashMap<>();

	void register(String server, String engineId, Instant until, Instant now) {
		forgetGone(now);
		this.present.forEach((other, presence) -> {
			if (!other.equals(server) && !presence.engineId().equals(engineId)) {
				throw new EngineMismatchException(engineId, other, presence.engineId());
			}
		});
		this.present.put(server, new Presence(engineId, until));
	}

	boolean deregister(String server, Instant now) {
		forgetGone(now);
		this.present.remove(server);
		return this.present.isEmpty();
	}

	private void forgetGone(Instant now) {
		this.present.values().removeIf((presence) -> !presence.until().isAfter(now));
	}

	private record Presence(String engineId, Instant until) {
	}

}
