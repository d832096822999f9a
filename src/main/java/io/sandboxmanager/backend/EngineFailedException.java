package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

/** The engine answers, but could not do it for a reason of its own; later it may. */
public class EngineFailedException extends BackendException {

	public EngineFailedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
