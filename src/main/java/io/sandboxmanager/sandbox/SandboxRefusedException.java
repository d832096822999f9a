package io.sandboxmanager.sandbox;

/** The API inside the sandbox answered a call with an error status. */
public class SandboxRefusedException extends SandboxException {

	private final int status;

	private final String detail;

	public SandboxRefusedException(SandboxId id, int status, String detail) {
		super("sandbox " + id + " answered " + status + ": " + detail);
		this.status = status;
		this.detail = detail;
	}

	/** The HTTP status that it answered. */
	public int getStatus() {
		return this.status;
	}

	/** What it said, shortened if long. */
	public String getDetail() {
		return this.detail;
	}

}
