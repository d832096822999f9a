package io.sandboxmanager.store;

import io.sandboxmanager.sandbox.SandboxException;
import org.jspecify.annotations.Nullable;

/** The state cannot be read or kept. */
public class StateUnavailableException extends SandboxException {

	public StateUnavailableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
