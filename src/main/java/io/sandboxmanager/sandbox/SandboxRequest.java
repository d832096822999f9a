package io.sandboxmanager.sandbox;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a caller asked for, kept so that a recycled sandbox can be made again as it was.
 *
 * @param session the session that the sandbox is bound to, if any
 * @param environment the caller's variables
 * @param meta any JSON object of the caller's, given back unchanged
 * @param mountDirectory the caller's folder for the workspace, if any
 * @param storagePath where the workspace's files come from and go to, if anywhere
 * @param typeName the type as the caller wrote it, an alias perhaps, if it was named
 */
public record SandboxRequest(@Nullable String session, Map<String, String> environment, Map<String, Object> meta,
		@Nullable String mountDirectory, @Nullable String storagePath, @Nullable String typeName) {

	/** A request for any sandbox, bound to nothing. */
	public static final SandboxRequest PLAIN = new SandboxRequest(null, Map.of(), Map.of(), null, null);

	public SandboxRequest(@Nullable String session, Map<String, String> environment, Map<String, Object> meta,
			@Nullable String mountDirectory, @Nullable String storagePath) {
		this(session, environment, meta, mountDirectory, storagePath, null);
	}

	/** Whether a warm member can serve it: nothing in it shapes the container. */
	public boolean fitsAnyMember() {
		return this.environment.isEmpty() && this.mountDirectory == null && this.storagePath == null;
	}

	/** What is worth keeping of it once the sandbox is gone for good. */
	SandboxRequest withoutEnvironment() {
		return new SandboxRequest(this.session, Map.of(), this.meta, this.mountDirectory, this.storagePath,
				this.typeName);
	}

	/** Hides what may hold secrets. */
	@Override
	public String toString() {
		return "SandboxRequest[session " + this.session + "]";
	}

}
