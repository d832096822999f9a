package io.sandboxmanager.backend;

import java.util.List;
import java.util.Map;

import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;

/**
 * What a container is to be.
 *
 * @param name unique on the engine
 * @param image full reference, available on the engine
 * @param environment all variables, the agent's own included
 * @param labels put on the container, so that it can be found without a record
 * @param resources limits
 * @param profile how tightly it is confined; {@code AUTO} leaves it to the image's label
 * @param agentPort port inside the container on which the agent answers
 * @param mounts folders of the host
 */
public record ContainerSpec(String name, String image, Map<String, String> environment, Map<String, String> labels,
		Resources resources, IsolationProfile profile, int agentPort, List<Mount> mounts) {

	public ContainerSpec {
		environment = Map.copyOf(environment);
		labels = Map.copyOf(labels);
		mounts = List.copyOf(mounts);
	}

	/**
	 * A folder of the host inside the container.
	 *
	 * @param source absolute path
	 * @param target absolute path inside
	 * @param onHost whether {@code source} is the path as the engine's host sees it;
	 * otherwise it is as this server sees it, and the backend finds the host's path
	 */
	public record Mount(String source, String target, boolean readOnly, boolean onHost) {

		/** A folder as this server sees it. */
		public Mount(String source, String target, boolean readOnly) {
			this(source, target, readOnly, false);
		}

	}

	/** Hides the variables, which hold secrets. */
	@Override
	public String toString() {
		return "ContainerSpec[" + this.name + ", " + this.image + "]";
	}

}
