package io.sandboxmanager.sandbox;

/** No record has this identity. */
public class SandboxNotFoundException extends SandboxException {

	private final String identity;

	public SandboxNotFoundException(String identity) {
		super("No container found with id: " + identity + ".");
		this.identity = identity;
	}

	public String getIdentity() {
		return this.identity;
	}

}
