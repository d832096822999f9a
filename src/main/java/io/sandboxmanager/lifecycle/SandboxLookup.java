package io.sandboxmanager.lifecycle;

import java.util.Optional;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.store.SandboxStore;

/**
 * Finds the record that an identity means: a container's name, a sandbox's id or the
 * engine's own name for the container.
 */
public final class SandboxLookup {

	private static final int MAX_REDIRECTS = 100;

	private final SandboxStore store;

	private final String prefix;

	/**
	 * Creates a lookup.
	 * @param prefix what container names begin with
	 */
	public SandboxLookup(SandboxStore store, String prefix) {
		this.store = store;
		this.prefix = prefix;
	}

	/** The record itself, a replaced one included. */
	public Optional<Sandbox> find(String identity) {
		String id = identity.startsWith(this.prefix) ? identity.substring(this.prefix.length()) : identity;
		if (SandboxId.isValid(id)) {
			return this.store.find(new SandboxId(id));
		}
		return this.store.findByRef(identity);
	}

	/** The record, or its successor's when it was replaced, and so on. */
	public Optional<Sandbox> findCurrent(String identity) {
		return find(identity).map(this::current);
	}

	/** The last of its successors that has a record, or itself. */
	Sandbox current(Sandbox sandbox) {
		Sandbox current = sandbox;
		for (int hops = 0; hops < MAX_REDIRECTS && current.redirect() != null; hops++) {
			Optional<Sandbox> next = this.store.find(current.redirect());
			if (next.isEmpty()) {
				return current;
			}
			current = next.get();
		}
		return current;
	}

}
