package io.sandboxmanager.api;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;

/** The browser in a sandbox does not say where its debugger is. */
class BrowserSilentException extends SandboxException {

	BrowserSilentException(Sandbox sandbox, int port, String what) {
		super("the browser of sandbox " + sandbox.name() + " (port " + port + " inside) does not answer: " + what
				+ "; it may be starting, or may have ended");
	}

}
