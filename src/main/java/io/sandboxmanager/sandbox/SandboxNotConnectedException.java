package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/** No connection to the sandbox came about, so nothing of the call has reached it. */
public class SandboxNotConnectedException extends SandboxUnreachableException {

	public SandboxNotConnectedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
