package io.sandboxmanager.sandbox;

/** A tool was called without what it needs, or with what it does not know. */
public class InvalidToolCallException extends InvalidSandboxRequestException {

	public InvalidToolCallException(String message) {
		super(message);
	}

}
