package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

/** The engine refuses the container as it was asked for. */
public class ContainerRefusedException extends BackendException {

	public ContainerRefusedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
