package io.sandboxmanager.backend;

import java.util.Locale;

/** The engine's word for the state of a container. */
public enum ContainerStatus {

	CREATED, RUNNING, PAUSED, RESTARTING, REMOVING, EXITED, DEAD,

	/** The engine says something that is not known here; the container is there. */
	UNKNOWN,

	/** The engine has no such container. */
	ABSENT;

	/** The word as engines and the AgentScope wire write it: lower case. */
	public String word() {
		return name().toLowerCase(Locale.ROOT);
	}

}
