package io.sandboxmanager.store;

import io.sandboxmanager.sandbox.SandboxException;

/** What was to be done under a lease was refused: it is over or somebody else's. */
public class LeaseLostException extends SandboxException {

	public LeaseLostException(Lease lease) {
		super("lease " + lease.name() + " of " + lease.holder() + " with token " + lease.token()
				+ " is over or somebody else's");
	}

}
