package io.sandboxmanager.backend;

import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.sandboxmanager.sandbox.IsolationProfile;

/**
 * An engine that runs containers: the one thing that differs between Docker, Kubernetes
 * and the others. Implementations are safe for use by many threads; every call is bounded
 * in time.
 * <p>
 * All methods throw a {@link BackendException}, named by cause. A ref that the engine
 * does not know is a state ({@link ContainerStatus#ABSENT}) or a no-op, never an error
 * and never {@code null}; only {@link #resume}, {@link #inspect} and {@link #logs} need
 * the container to exist and throw {@link ContainerNotFoundException}.
 */
public interface ContainerBackend extends AutoCloseable {

	/** An id of the engine that lasts as long as its containers do. */
	String engineId();

	/** What this backend can do. Callers ask this instead of comparing names. */
	BackendCapabilities capabilities();

	/**
	 * Tells, before anything is pulled or made, that a container with this profile cannot
	 * run here. Cheap: callers ask before each start.
	 * @throws ContainerRefusedException with all that is missing
	 */
	default void requireHost(IsolationProfile profile) {
		if (profile == IsolationProfile.ANDROID) {
			throw new ContainerRefusedException(
					"the profile 'android' needs a Docker engine: set CONTAINER_DEPLOYMENT=docker", null);
		}
	}

	/**
	 * Makes an image available, pulling it when it is absent, and tells what it is. Cheap
	 * when the image is there: callers ask before each start.
	 * @throws ImageMissingException when no registry has it or lets us have it
	 */
	ImageDetails prepareImage(String image);

	/**
	 * How long {@link #prepareImage} may take more than other calls, because it pulls;
	 * zero for a backend that does not.
	 */
	default Duration pullTimeout() {
		return Duration.ZERO;
	}

	/**
	 * Makes a container and starts it. Either it runs when this returns, or nothing is
	 * left of it. Its agent need not answer yet.
	 * @throws ImageMissingException when the image is not there
	 * @throws NoCapacityException when the engine has no room
	 * @throws PortTakenException when no port is free
	 */
	ContainerHandle start(ContainerSpec spec);

	/** The state of a container, {@link ContainerStatus#ABSENT} when there is none. */
	ContainerStatus status(String ref);

	/** Stops a container and keeps it; stopping a stopped or absent one does nothing. */
	void stop(String ref);

	/**
	 * Starts a stopped container again; on a running one it does nothing. The address may
	 * have changed.
	 */
	ContainerHandle resume(String ref);

	/**
	 * What a container that runs was made from, for one who has lost all record of it.
	 * @throws ContainerNotFoundException when there is none, or it does not run
	 */
	ContainerDetails inspect(String ref);

	/** Stops and removes a container; idempotent. When this returns it is gone. */
	void remove(String ref);

	/** The containers that carry all these labels, stopped ones included. */
	List<ContainerSummary> list(Map<String, String> labels);

	/**
	 * How many bytes the containers with these labels have written into themselves, by
	 * ref. Costly for the engine. Containers that are missing in it cannot write, or only
	 * within a limit.
	 */
	default Map<String, Long> writtenBytes(Map<String, String> labels) {
		return Map.of();
	}

	/**
	 * Folders of this machine that containers' writing fills, apart from what is mounted
	 * into them.
	 */
	default List<Path> storage() {
		return List.of();
	}

	/**
	 * Reports exits and out-of-memory kills of the containers with these labels, from
	 * when this returns until the subscription is closed. Events that fall into a
	 * reconnect are lost: after each one {@link ContainerListener#onReconnect()} is
	 * called, and the caller compares.
	 */
	Subscription watch(Map<String, String> labels, ContainerListener listener);

	/**
	 * Standard output and error of a container as UTF-8 text. The caller closes the
	 * stream.
	 * @param follow whether the stream stays open for what is to come
	 */
	InputStream logs(String ref, boolean follow);

	@Override
	void close();

	/** Ends a {@link #watch}. */
	interface Subscription extends AutoCloseable {

		@Override
		void close();

	}

}
