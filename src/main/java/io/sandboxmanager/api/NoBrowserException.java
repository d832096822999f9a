package io.sandboxmanager.api;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;

/** A sandbox has nothing to drive or to watch. */
class NoBrowserException extends SandboxException {

	NoBrowserException(Sandbox sandbox) {
		super("sandbox " + sandbox.name() + " has no browser: its type, " + sandbox.kind().type()
				+ ", names none (ports.cdp and desktop in the catalogue of types); ask for a sandbox of one that does");
	}

}
