package io.sandboxmanager.backend.docker;

import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Objects;

/**
 * What matters of an image on the engine.
 *
 * @param id fingerprint of its content
 * @param user as the image names it, empty for root
 * @param strict whether it says that it is made for the strict profile
 */
record DockerImage(String id, String user, boolean strict) {

	/** An image with this label and the value {@code strict} is made for that profile. */
	static final String PROFILE_LABEL = "io.sandboxmanager.profile";

	static DockerImage of(InspectImageResponse image) {
		ContainerConfig config = image.getConfig();
		String user = (config != null) ? config.getUser() : null;
		Map<String, String> labels = (config != null) ? config.getLabels() : null;
		return new DockerImage(Objects.requireNonNull(image.getId()), (user != null) ? user.strip() : "",
				isStrict(labels));
	}

	private static boolean isStrict(@Nullable Map<String, String> labels) {
		return labels != null && "strict".equalsIgnoreCase(labels.get(PROFILE_LABEL));
	}

}
