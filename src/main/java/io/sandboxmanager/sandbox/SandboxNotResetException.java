package io.sandboxmanager.sandbox;

/** A sandbox that was to be used again has kept something of its last use. */
public class SandboxNotResetException extends SandboxException {

	/**
	 * Creates the failure.
	 * @param problems what is left, as the sandbox says
	 */
	public SandboxNotResetException(SandboxId id, String problems) {
		super("sandbox " + id + " could not be returned to its first state: " + problems);
	}

}
