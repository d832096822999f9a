package io.sandboxmanager.sandbox;

/** The API inside the sandbox answered something that cannot be passed on. */
public class InvalidSandboxAnswerException extends SandboxException {

	public InvalidSandboxAnswerException(SandboxId id, String why) {
		super("the answer of sandbox " + id + " cannot be used: " + why);
	}

}
