package io.sandboxmanager.lifecycle;

import java.util.List;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.store.SandboxStore;

/** Which sessions there are and which sandboxes they have. */
public final class Sessions {

	private final SandboxStore store;

	public Sessions(SandboxStore store) {
		this.store = store;
	}

	/** The names of a session's sandboxes, oldest first; none for an unknown session. */
	public List<String> sandboxesOf(String session) {
		return this.store.bySession(session).stream().map(Sandbox::name).toList();
	}

	/** The sessions with at least one sandbox, recycled ones included. */
	public List<String> all() {
		return this.store.sessions();
	}

}
