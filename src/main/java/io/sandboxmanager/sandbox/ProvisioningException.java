package io.sandboxmanager.sandbox;

/** A sandbox could not be made; everything made on the way is undone. */
public class ProvisioningException extends SandboxException {

	private final String step;

	public ProvisioningException(SandboxId id, String type, String step, Throwable cause) {
		super("sandbox " + id + " of type " + type + " could not be made: " + step + " failed: " + cause.getMessage(),
				cause);
		this.step = step;
	}

	/** The step that failed, as the message names it. */
	public String getStep() {
		return this.step;
	}

}
