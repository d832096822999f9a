package io.sandboxmanager.system;

/** Attempts to get out of a Docker sandbox. */
class DockerEscapeIT extends AbstractEscapeIT {

	@Override
	protected String backend() {
		return "docker";
	}

}
