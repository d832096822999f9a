package io.sandboxmanager.backend.docker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.backend.ImageMissingException;

/**
 * The images of the engine. An answer is used again for a short time, so a burst of
 * starts asks once, and a changed image is still noticed soon.
 */
final class ImageStore {

	static final Duration FRESH = Duration.ofSeconds(5);

	private static final int MAX_KNOWN = 1000;

	private final Engine engine;

	private final ImagePull pull;

	private final ImageUser users;

	private final Clock clock;

	private final Map<String, Known> known = new ConcurrentHashMap<>();

	ImageStore(Engine engine, ImagePull pull, ImageUser users, Clock clock) {
		this.engine = engine;
		this.pull = pull;
		this.users = users;
		this.clock = clock;
	}

	/** Tells what the image is, after a pull when the engine does not have it. */
	ImageDetails prepare(String reference) {
		DockerImage image = find(reference).orElseGet(() -> {
			this.pull.pull(reference);
			return require(reference);
		});
		ImageUser.Ids ids = this.users.of(image);
		return new ImageDetails(reference, image.id(), ids.uid(), ids.gid());
	}

	/** An image that the engine has; nothing is pulled. */
	DockerImage require(String reference) {
		return find(reference).orElseThrow(() -> new ImageMissingException(
				"image " + reference + " is not on the Docker engine: " + ImagePull.ADVICE, null));
	}

	/** The numbers of the user that the image runs as. */
	ImageUser.Ids user(DockerImage image) {
		return this.users.of(image);
	}

	/** Forgets what is known of an image that has proved to be gone. */
	void forget(String reference) {
		this.known.remove(reference);
	}

	private Optional<DockerImage> find(String reference) {
		Known before = this.known.get(reference);
		Instant now = this.clock.instant();
		if (before != null && now.isBefore(before.until())) {
			return Optional.of(before.image());
		}
		try {
			DockerImage image = this.engine.call("inspect image " + reference,
					(client) -> DockerImage.of(client.inspectImageCmd(reference).exec()));
			if (this.known.size() >= MAX_KNOWN) {
				this.known.clear();
			}
			this.known.put(reference, new Known(image, now.plus(FRESH)));
			return Optional.of(image);
		}
		catch (ImageMissingException ex) {
			this.known.remove(reference);
			return Optional.empty();
		}
	}

	private record Known(DockerImage image, Instant until) {
	}

}
