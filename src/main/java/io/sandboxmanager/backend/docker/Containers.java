package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Function;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerNotFoundException;
import io.sandboxmanager.backend.EngineFailedException;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.docker.EngineErrors.RemovalInProgressException;
import io.sandboxmanager.sandbox.Sleeper;

/** The calls that concern one container. */
final class Containers {

	private static final Logger LOGGER = LoggerFactory.getLogger(Containers.class);

	private static final int GRACE_SECONDS = 1;

	private static final Duration UNDO_LIMIT = Duration.ofSeconds(5);

	private static final Duration POLL = Duration.ofMillis(50);

	private static final int LAST_LINES = 20;

	private static final int LAST_BYTES = 4096;

	private final Engine engine;

	private final LogStreams logs;

	Containers(Engine engine, LogStreams logs) {
		this.engine = engine;
		this.logs = logs;
	}

	String create(String name, Function<DockerClient, CreateContainerCmd> command) {
		return this.engine.call("create container " + name, (client) -> command.apply(client).exec().getId());
	}

	void start(String ref) {
		this.engine.run("start container " + ref, (client) -> {
			try {
				client.startContainerCmd(ref).exec();
			}
			catch (NotModifiedException ex) {
				LOGGER.debug("Container {} runs already", ref);
			}
		});
	}

	InspectContainerResponse inspect(String ref) {
		return this.engine.call("inspect container " + ref, (client) -> client.inspectContainerCmd(ref).exec());
	}

	void stop(String ref) {
		this.engine.run("stop container " + ref, (client) -> {
			try {
				client.stopContainerCmd(ref).withTimeout(GRACE_SECONDS).exec();
			}
			catch (NotModifiedException | NotFoundException ex) {
				LOGGER.debug("Container {} does not run", ref);
			}
		});
	}

	/** When this returns the container is gone. */
	void remove(String ref) {
		try {
			remove(ref, this.engine.callTimeout());
		}
		catch (ContainerNotFoundException ex) {
			LOGGER.debug("Container {} is gone already", ref);
		}
		catch (RemovalInProgressException ex) {
			awaitGone(ref, ex);
		}
	}

	private void remove(String ref, Duration limit) {
		this.engine.call("remove container " + ref, limit, (client) -> {
			client.removeContainerCmd(ref).withForce(true).withRemoveVolumes(true).exec();
			return ref;
		});
	}

	private void awaitGone(String ref, RemovalInProgressException cause) {
		long deadline = System.nanoTime() + this.engine.callTimeout().toNanos();
		while (System.nanoTime() < deadline) {
			try {
				inspect(ref);
				Sleeper.system().sleep(POLL);
			}
			catch (ContainerNotFoundException ex) {
				return;
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new EngineUnreachableException("interrupted while container " + ref + " was removed", ex);
			}
		}
		throw new EngineFailedException(
				"container " + ref + " is still being removed after " + this.engine.callTimeout().toMillis() + " ms",
				cause);
	}

	/**
	 * Removes what a failed start has left, also when the thread is to end. Should that
	 * fail, the container's labels say whose it is, and the reconcile finds it.
	 */
	void undo(String ref, RuntimeException cause) {
		boolean interrupted = Thread.interrupted();
		try {
			remove(ref, (cause instanceof EngineUnreachableException) ? shorter() : this.engine.callTimeout());
		}
		catch (ContainerNotFoundException | RemovalInProgressException ex) {
			LOGGER.debug("Nothing is left of container {}", ref);
		}
		catch (BackendException ex) {
			LOGGER.warn("Container {} could not be started and not be removed either; the reconcile will find it: {}",
					ref, ex.getMessage());
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private Duration shorter() {
		return (this.engine.callTimeout().compareTo(UNDO_LIMIT) < 0) ? this.engine.callTimeout() : UNDO_LIMIT;
	}

	/** What a container said before it ended, for the message of a failure. */
	String lastWords(String ref) {
		try (InputStream log = this.logs.open(ref, false, LAST_LINES)) {
			String text = new String(log.readNBytes(LAST_BYTES), StandardCharsets.UTF_8).strip();
			return text.isEmpty() ? "(none)" : text;
		}
		catch (IOException | BackendException ex) {
			return "(not readable: " + ex.getMessage() + ")";
		}
	}

}
