package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

/** Every port that may be used is taken. */
public class PortTakenException extends BackendException {

	public PortTakenException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
