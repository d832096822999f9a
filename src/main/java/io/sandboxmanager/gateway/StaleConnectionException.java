package io.sandboxmanager.gateway;

import java.io.IOException;

/** A kept connection turned out to be of no use before anything was sent over it. */
final class StaleConnectionException extends IOException {

	StaleConnectionException() {
		super("the sandbox closed the connection");
	}

}
