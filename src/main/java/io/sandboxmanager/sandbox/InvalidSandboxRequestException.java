package io.sandboxmanager.sandbox;

/** What the caller asks for cannot be had from anybody. */
public class InvalidSandboxRequestException extends SandboxException {

	public InvalidSandboxRequestException(String message) {
		super(message);
	}

}
