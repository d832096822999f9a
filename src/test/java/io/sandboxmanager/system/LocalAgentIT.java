package io.sandboxmanager.system;

/** The agent in a sandbox that is a process of this machine. */
class LocalAgentIT extends AbstractAgentIT {

	@Override
	protected String backend() {
		return "local";
	}

}
