package io.sandboxmanager.gateway;

import io.sandboxmanager.sandbox.SandboxException;

/** A ticket was revoked while something was about to be opened with it. */
public class TicketRevokedException extends SandboxException {

	TicketRevokedException() {
		super("the ticket was revoked");
	}

}
