package io.sandboxmanager.workspace;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.SandboxException;

/** The files of a sandbox could not be carried or its folder not be made. */
public class WorkspaceException extends SandboxException {

	public WorkspaceException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
