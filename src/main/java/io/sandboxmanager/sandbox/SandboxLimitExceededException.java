package io.sandboxmanager.sandbox;

/** All slots of the instance limit are taken. */
public class SandboxLimitExceededException extends SandboxException {

	public SandboxLimitExceededException(String type, int occupied, int limit) {
		super("no sandbox of type " + type + ": " + occupied + " of at most " + limit
				+ " sandboxes are in use; release one or raise MAX_SANDBOX_INSTANCES");
	}

}
