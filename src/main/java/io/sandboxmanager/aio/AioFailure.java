package io.sandboxmanager.aio;

import io.sandboxmanager.sandbox.NoWarmSandboxException;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.UnknownSandboxTypeException;

/** Why a session has no sandbox, and what to do about it. */
enum AioFailure {

	NO_SUCH_TYPE(404, "give the catalogue of the server a type " + AioSessions.TYPE),

	LIMIT_REACHED(429, "release sandboxes, or raise MAX_SANDBOX_INSTANCES"),

	NONE_NOW(503, "try again"),

	SANDBOX_FAILED(502, "try again; the server's log says more");

	private final int status;

	private final String hint;

	AioFailure(int status, String hint) {
		this.status = status;
		this.hint = hint;
	}

	static AioFailure of(SandboxException failure) {
		if (failure instanceof UnknownSandboxTypeException) {
			return NO_SUCH_TYPE;
		}
		if (failure instanceof SandboxLimitExceededException) {
			return LIMIT_REACHED;
		}
		return (failure instanceof StateUnavailableException || failure instanceof NoWarmSandboxException) ? NONE_NOW
				: SANDBOX_FAILED;
	}

	int status() {
		return this.status;
	}

	String hint() {
		return this.hint;
	}

	/** Whether the same request may succeed a moment later. */
	boolean isPassing() {
		return this == LIMIT_REACHED || this == NONE_NOW;
	}

}
