package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/** A failure that the caller is told; one subclass per cause. */
public abstract class SandboxException extends RuntimeException {

	protected SandboxException(String message) {
		super(message);
	}

	protected SandboxException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
