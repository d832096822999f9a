package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/** The agent inside the sandbox does not answer. */
public class SandboxUnreachableException extends SandboxException {

	public SandboxUnreachableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
