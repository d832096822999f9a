package io.sandboxmanager.backend.docker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.backend.ImageMissingException;

/**
 * The images of the engine. Who asks while another asks for the same image shares the
 * answer, and it is used again for a short time: a burst of starts asks once, and a
 * changed image is still noticed soon.
 */
final class ImageStore {

	static final Duration FRESH = Duration.ofSeconds(5);

	private static final int MAX_KNOWN = 1000;

	private final Engine engine;

	private final ImagePull pull;

	private final ImageUser users;

	private final Clock clock;

	private final Map<String, Known> known = new ConcurrentHashMap<>();

	private final Map<String, CompletableFuture<Optional<DockerImage>>> asking = new ConcurrentHashMap<>();

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
		Optional<DockerImage> fresh = fresh(reference);
		if (fresh.isPresent()) {
			return fresh;
		}
		CompletableFuture<Optional<DockerImage>> mine = new CompletableFuture<>();
		CompletableFuture<Optional<DockerImage>> other = this.asking.putIfAbsent(reference, mine);
		return (other != null) ? await(other, reference) : answer(mine, reference);
	}

	private Optional<DockerImage> fresh(String reference) {
		return Optional.ofNullable(this.known.get(reference))
			.filter((known) -> this.clock.instant().isBefore(known.until()))
			.map(Known::image);
	}

	/** Looks again first: who asked before may just have ended. */
	private Optional<DockerImage> answer(CompletableFuture<Optional<DockerImage>> mine, String reference) {
		try {
			Optional<DockerImage> image = fresh(reference).or(() -> ask(reference));
			mine.complete(image);
			return image;
		}
		catch (RuntimeException | Error ex) {
			mine.completeExceptionally(ex);
			throw ex;
		}
		finally {
			this.asking.remove(reference, mine);
		}
	}

	private static Optional<DockerImage> await(CompletableFuture<Optional<DockerImage>> other, String reference) {
		try {
			return other.get();
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof BackendException failure) ? failure : new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EngineUnreachableException("interrupted before the Docker engine told of image " + reference, ex);
		}
	}

	private Optional<DockerImage> ask(String reference) {
		try {
			DockerImage image = this.engine.call("inspect image " + reference,
					(client) -> DockerImage.of(client.inspectImageCmd(reference).exec()));
			if (this.known.size() >= MAX_KNOWN) {
				this.known.clear();
			}
			this.known.put(reference, new Known(image, this.clock.instant().plus(FRESH)));
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
