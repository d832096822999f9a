package io.sandboxmanager.sandbox;

/**
 * A sandbox was given up by somebody else while it was being made; everything is undone.
 */
public class ProvisioningCancelledException extends ProvisioningException {

	public ProvisioningCancelledException(SandboxId id, String type, String step, StaleSandboxException cause) {
		super(id, type, step, cause);
	}

}
