package io.sandboxmanager.sandbox;

/** The catalogue has no such type. */
public class UnknownSandboxTypeException extends SandboxException {

	public UnknownSandboxTypeException(String type) {
		super("'" + type + "' is not a valid SandboxType");
	}

}
