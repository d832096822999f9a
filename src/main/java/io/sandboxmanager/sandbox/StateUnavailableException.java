package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/** The state cannot be read or kept; what was asked for may work a little later. */
public class StateUnavailableException extends SandboxException {

	public StateUnavailableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
