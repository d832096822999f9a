package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import com.github.dockerjava.api.command.PullImageCmd;
import com.github.dockerjava.api.model.AuthConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.ImageMissingException;

/** Pulls images; whoever asks for one that is on its way waits for the same pull. */
final class ImagePull {

	static final String ADVICE = "build it with bin/build-images, or name a registry that has it "
			+ "(RUNTIME_SANDBOX_REGISTRY, RUNTIME_SANDBOX_IMAGE_NAMESPACE, RUNTIME_SANDBOX_IMAGE_TAG)";

	private static final Logger LOGGER = LoggerFactory.getLogger(ImagePull.class);

	private final Engine engine;

	private final RegistryCredentials credentials;

	private final Duration timeout;

	private final ConcurrentMap<String, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

	ImagePull(Engine engine, RegistryCredentials credentials, Duration timeout) {
		this.engine = engine;
		this.credentials = credentials;
		this.timeout = timeout;
	}

	/**
	 * Returns when the engine has the image.
	 * @throws ImageMissingException when it cannot be had
	 */
	void pull(String name) {
		CompletableFuture<Void> mine = new CompletableFuture<>();
		CompletableFuture<Void> first = this.underWay.putIfAbsent(name, mine);
		if (first != null) {
			await(name, first);
			return;
		}
		PullProgress progress = new PullProgress(name, mine);
		CompletableFuture<Void> done = mine.orTimeout(this.timeout.toNanos(), TimeUnit.NANOSECONDS)
			.whenComplete((nothing, failure) -> {
				this.underWay.remove(name, mine);
				progress.close();
			});
		begin(name, progress);
		await(name, done);
	}

	/** A pull goes on when the one who asked first has left: others may wait for it. */
	private void begin(String name, PullProgress progress) {
		try {
			ImageReference reference = ImageReference.parse(name);
			AuthConfig login = this.credentials.find(reference.registry()).orElse(null);
			LOGGER.info("Pulling image {} {}", name, (login != null) ? "with credentials" : "without credentials");
			PullImageCmd command = this.engine.streams().pullImageCmd(reference.repository()).withAuthConfig(login);
			if (reference.tag() != null) {
				command.withTag(reference.tag());
			}
			command.exec(progress);
		}
		catch (RuntimeException ex) {
			progress.onError(ex);
		}
	}

	private void await(String name, CompletableFuture<Void> pull) {
		try {
			pull.get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EngineUnreachableException("interrupted while image " + name + " was pulled", ex);
		}
		catch (ExecutionException ex) {
			throw failure(name, (ex.getCause() != null) ? ex.getCause() : ex);
		}
	}

	private RuntimeException failure(String name, Throwable cause) {
		if (cause instanceof TimeoutException) {
			return new ImageMissingException("image " + name + " could not be pulled within " + this.timeout.toSeconds()
					+ " s; pull it by hand (docker pull " + name + ") or raise the limit", cause);
		}
		RuntimeException failure = this.engine.failure("pull image " + name, cause);
		if (failure instanceof EngineUnreachableException) {
			return failure;
		}
		return new ImageMissingException("image " + name + " is not on the Docker engine and cannot be pulled: "
				+ failure.getMessage() + ". " + advice(name, failure), failure);
	}

	private static String advice(String name, RuntimeException failure) {
		String text = String.valueOf(failure.getMessage());
		boolean login = text.contains("denied") || text.contains("no basic auth") || text.contains("unauthorized");
		String registry = ImageReference.parse(name).registry();
		return login ? "Log in (docker login " + registry + ") as the user that runs the server, or " + ADVICE
				: "To get it, " + ADVICE;
	}

}
