package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

/** The engine has no room for another container. */
public class NoCapacityException extends BackendException {

	public NoCapacityException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
