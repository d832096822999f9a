package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

/** The engine does not answer, or not in time. */
public class EngineUnreachableException extends BackendException {

	public EngineUnreachableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
