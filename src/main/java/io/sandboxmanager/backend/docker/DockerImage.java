package io.sandboxmanager.backend.docker;

import java.util.Map;
import java.util.Objects;

import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import org.jspecify.annotations.Nullable;

/**
 * What matters of an image on the engine.
 *
 * @param id fingerprint of its content
 * @param user as the image names it, empty for root
 * @param strict whether it says that it is made for the strict profile
 * @param userNamespaces whether it says that it needs to make user namespaces
 */
record DockerImage(String id, String user, boolean strict, boolean userNamespaces) {

	/** An image with this label and the value {@code strict} is made for that profile. */
	static final String PROFILE_LABEL = "io.sandboxmanager.profile";

	/**
	 * An image with this label and the value {@code true} makes user namespaces, as
	 * Chromium does for its own sandbox.
	 */
	static final String USER_NAMESPACES_LABEL = "io.sandboxmanager.user-namespaces";

	static DockerImage of(InspectImageResponse image) {
		ContainerConfig config = image.getConfig();
		String user = (config != null) ? config.getUser() : null;
		Map<String, String> labels = (config != null) ? config.getLabels() : null;
		return new DockerImage(Objects.requireNonNull(image.getId()), (user != null) ? user.strip() : "",
				is(labels, PROFILE_LABEL, "strict"), is(labels, USER_NAMESPACES_LABEL, "true"));
	}

	private static boolean is(@Nullable Map<String, String> labels, String label, String value) {
		return labels != null && value.equalsIgnoreCase(labels.get(label));
	}

}
