package io.sandboxmanager.gateway;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.SandboxException;

/** A request could not be forwarded; nothing of an answer has reached the client. */
public abstract class UpstreamException extends SandboxException {

	private final int status;

	protected UpstreamException(int status, String message, @Nullable Throwable cause) {
		super(message, cause);
		this.status = status;
	}

	/** When it is worth to ask again, in seconds, if that can be told. */
	public Optional<String> retryAfter() {
		return Optional.empty();
	}

	/** The HTTP status that says so. */
	public int getStatus() {
		return this.status;
	}

}
