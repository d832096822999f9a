package io.sandboxmanager.agentscope;

import io.sandboxmanager.sandbox.SandboxException;

/** A call of this wire that cannot be understood. */
class RpcException extends SandboxException {

	RpcException(String message) {
		super(message);
	}

}
