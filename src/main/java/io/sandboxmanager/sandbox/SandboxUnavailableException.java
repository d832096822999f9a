package io.sandboxmanager.sandbox;

import java.util.Locale;

/** The sandbox is known, but not in a state in which it can be called. */
public class SandboxUnavailableException extends SandboxException {

	public SandboxUnavailableException(SandboxId id, SandboxState state) {
		super("sandbox " + id + " cannot be called: it is " + state.name().toLowerCase(Locale.ROOT));
	}

	public SandboxUnavailableException(SandboxId id, String why) {
		super("sandbox " + id + " cannot be called: " + why);
	}

}
