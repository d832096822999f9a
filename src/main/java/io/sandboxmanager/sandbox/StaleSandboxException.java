package io.sandboxmanager.sandbox;

/** Somebody else changed the record first. */
public class StaleSandboxException extends SandboxException {

	public StaleSandboxException(SandboxId id, long version) {
		super("sandbox " + id + " was changed by somebody else after version " + version);
	}

}
