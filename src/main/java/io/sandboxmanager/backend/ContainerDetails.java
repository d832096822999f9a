package io.sandboxmanager.backend;

import java.util.Map;

/**
 * What a container that runs was made from.
 *
 * @param handle how to reach it
 * @param environment its variables, secrets among them
 */
public record ContainerDetails(ContainerHandle handle, String image, Map<String, String> environment) {

	public ContainerDetails {
		environment = Map.copyOf(environment);
	}

	/** Hides what may hold secrets. */
	@Override
	public String toString() {
		return "ContainerDetails[" + this.handle + " of " + this.image + "]";
	}

}
