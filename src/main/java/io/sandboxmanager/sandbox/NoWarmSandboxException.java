package io.sandboxmanager.sandbox;

/** The pool of a type had no member for a caller who wants nothing else. */
public class NoWarmSandboxException extends SandboxException {

	/**
	 * Creates the failure.
	 * @param what what the caller did, such as his waiting
	 * @param reason why the pool has no member
	 */
	public NoWarmSandboxException(String type, String what, String reason) {
		super("no warm sandbox of type " + type + " " + what + ": " + reason
				+ "; try again, raise the pool's size or set POOL_ON_MISS=create");
	}

}
