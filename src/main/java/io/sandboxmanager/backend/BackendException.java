package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.SandboxException;

/** The engine did not do what it was asked; one subclass per cause. */
public abstract class BackendException extends SandboxException {

	protected BackendException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
