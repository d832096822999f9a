package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

/** The engine has no such container. */
public class ContainerNotFoundException extends BackendException {

	public ContainerNotFoundException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
