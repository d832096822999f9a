package io.sandboxmanager.sandbox;

/** All slots of an instance limit are taken. */
public class SandboxLimitExceededException extends SandboxException {

	private SandboxLimitExceededException(String message) {
		super(message);
	}

	/** The limit over all types is reached. */
	public static SandboxLimitExceededException ofAll(String type, int occupied, int limit) {
		return new SandboxLimitExceededException("no sandbox of type " + type + ": " + occupied + " of at most " + limit
				+ " sandboxes are in use; release one or raise MAX_SANDBOX_INSTANCES");
	}

	/** The limit of one type is reached. */
	public static SandboxLimitExceededException ofType(String type, int occupied, int limit) {
		return new SandboxLimitExceededException("no sandbox of type " + type + ": " + occupied + " of at most " + limit
				+ " of this type are in use; release one or raise max_instances of the type in the catalogue");
	}

}
