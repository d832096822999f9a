package io.sandboxmanager.system;

/** The agent in a Docker sandbox. */
class DockerAgentIT extends AbstractAgentIT {

	@Override
	protected String backend() {
		return "docker";
	}

}
