package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/** The server has no memory to spare for something large at the moment. */
public class ServerBusyException extends SandboxException {

	public ServerBusyException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
