package io.sandboxmanager.lifecycle;

import java.util.Optional;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxUnavailableException;

/**
 * The way to a sandbox for whatever is about to call it. An identity is a container's
 * name, a sandbox's id or the engine's own name for the container.
 */
public interface SandboxAccess {

	/**
	 * Finds the sandbox to call: follows redirects, restores a recycled one, replaces one
	 * that came out of a pool dead, and notes the use. The sandbox is running when this
	 * returns, as far as the record knows; nothing is asked of the engine.
	 * @throws SandboxNotFoundException when no record has this identity
	 * @throws SandboxUnavailableException when it is stopped, released or failed
	 */
	Sandbox reach(String identity);

	/**
	 * Finds the record only, following redirects: not a use.
	 * @throws SandboxNotFoundException when no record has this identity
	 */
	Sandbox find(String identity);

	/**
	 * What to call instead of a sandbox that could not be connected to: its replacement
	 * if it came out of a pool and has answered nobody since, else nothing. Whoever calls
	 * again must know that nothing has reached the first.
	 */
	Optional<Sandbox> insteadOf(Sandbox unreached);

	/**
	 * Notes that a sandbox has done what it was called for: it will not be replaced any
	 * more. Costs nothing but the first time, and never fails.
	 */
	void answered(Sandbox sandbox);

	/** Keeps a sandbox from counting as idle until the activity is closed. */
	Activity begin(Sandbox sandbox);

	/** A request or connection to a sandbox that is open. */
	interface Activity extends AutoCloseable {

		/**
		 * Ends it. Never fails: whoever closes it has an answer in hand, which is worth
		 * more than the note that the sandbox was used until now.
		 */
		@Override
		void close();

	}

}
