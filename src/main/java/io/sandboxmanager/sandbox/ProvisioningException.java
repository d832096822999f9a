package io.sandboxmanager.sandbox;

/** A sandbox could not be made; what was made on the way is undone, if it can be. */
public class ProvisioningException extends SandboxException {

	private final transient SandboxId sandbox;

	private final String step;

	public ProvisioningException(SandboxId id, String type, String step, Throwable cause) {
		super("sandbox " + id + " of type " + type + " could not be made: " + step + " failed: " + cause.getMessage(),
				cause);
		this.sandbox = id;
		this.step = step;
	}

	/** Which one was to be made. */
	public SandboxId getSandbox() {
		return this.sandbox;
	}

	/** Whether something may be left of it, since undoing it failed too. */
	public boolean isUndone() {
		Throwable cause = getCause();
		return cause == null || cause.getSuppressed().length == 0;
	}

	/** The step that failed, as the message names it. */
	public String getStep() {
		return this.step;
	}

}
