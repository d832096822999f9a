package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;

import com.github.dockerjava.api.exception.DockerException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerNotFoundException;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.EngineFailedException;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.ImageMissingException;
import io.sandboxmanager.backend.NoCapacityException;
import io.sandboxmanager.backend.PortTakenException;

/**
 * Names what the engine's answers mean. Most failures of a start come as status 500 and
 * differ only in their text.
 */
final class EngineErrors {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final List<String> PORT_TAKEN = List.of("port is already allocated", "address already in use",
			"ports are not available", "all ports are allocated");

	private static final List<String> NO_CAPACITY = List.of("no space left on device", "cannot allocate memory",
			"resource temporarily unavailable", "too many open files", "no available ipv4 addresses", "exchange full",
			"could not find an available", "not enough memory", "no buffer space available");

	private static final List<String> REFUSED = List.of("oci runtime create failed", "failed to create shim",
			"failed to create task", "could not select device driver", "invalid mount config", "no such device");

	private EngineErrors() {
	}

	/**
	 * @param action what was asked, as in "could not {@code action}"
	 */
	static RuntimeException translate(URI host, String action, RuntimeException ex) {
		if (ex instanceof BackendException) {
			return ex;
		}
		if (ex instanceof DockerException answer) {
			return ofAnswer(action, answer);
		}
		if (Thread.currentThread().isInterrupted() || ex instanceof CancellationException) {
			return new EngineUnreachableException("interrupted while the Docker engine was asked to " + action, ex);
		}
		IOException cause = ioCause(ex);
		return (cause != null) ? unreachable(host, action, cause) : ex;
	}

	private static BackendException ofAnswer(String action, DockerException ex) {
		String reason = reason(ex.getMessage());
		String message = "could not " + action + ": " + reason;
		return switch (ex.getHttpStatus()) {
			case 404 -> notFound(message, reason, ex);
			case 409 -> reason.contains("already in progress") ? new RemovalInProgressException(message, ex)
					: new ContainerRefusedException(message, ex);
			case 400, 403, 406 -> new ContainerRefusedException(message, ex);
			case 500 -> byReason(message, reason.toLowerCase(Locale.ROOT), ex);
			default -> new EngineFailedException(message, ex);
		};
	}

	private static BackendException notFound(String message, String reason, DockerException ex) {
		if (reason.contains("No such image")) {
			return new ImageMissingException(message, ex);
		}
		if (reason.contains("network ")) {
			return new NetworkMissingException(message, ex);
		}
		return new ContainerNotFoundException(message, ex);
	}

	private static BackendException byReason(String message, String reason, DockerException ex) {
		if (PORT_TAKEN.stream().anyMatch(reason::contains)) {
			return new PortTakenException(message, ex);
		}
		if (NO_CAPACITY.stream().anyMatch(reason::contains)) {
			return new NoCapacityException(message, ex);
		}
		if (reason.contains("could not select device driver")) {
			return new ContainerRefusedException(message
					+ ". A GPU was asked for, but the engine has none: install the NVIDIA Container Toolkit on its "
					+ "host, or ask for 0 GPUs", ex);
		}
		return REFUSED.stream().anyMatch(reason::contains) ? new ContainerRefusedException(message, ex)
				: new EngineFailedException(message, ex);
	}

	private static BackendException unreachable(URI host, String action, IOException cause) {
		return new EngineUnreachableException("could not " + action + ": the Docker engine at " + host
				+ " cannot be reached (" + cause.getMessage() + "). " + advice(cause), cause);
	}

	private static String advice(IOException cause) {
		String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
		if (text.contains("permission denied")) {
			return "This user may not use the socket: add it to the socket's group (usually docker) and log in again";
		}
		if (text.contains("no such file")) {
			return "There is no such socket: start the engine (systemctl start docker), or set DOCKER_HOST to where it "
					+ "listens; a server in a container needs the socket mounted";
		}
		return "Check that the engine runs (docker info) and that DOCKER_HOST names it";
	}

	private static @Nullable IOException ioCause(@Nullable Throwable error) {
		for (Throwable each = error; each != null; each = each.getCause()) {
			if (each instanceof IOException io) {
				return io;
			}
		}
		return null;
	}

	/** The engine's own words, which come as {@code Status 500: {"message":"…"}}. */
	private static String reason(@Nullable String message) {
		String text = String.valueOf(message);
		int brace = text.indexOf('{');
		if (brace == -1) {
			return text;
		}
		try {
			JsonNode said = JSON.readTree(text.substring(brace)).path("message");
			return said.isString() ? said.asString().strip() : text;
		}
		catch (JacksonException ex) {
			return text;
		}
	}

	/** Somebody else is removing the container. */
	static final class RemovalInProgressException extends BackendException {

		private RemovalInProgressException(String message, Throwable cause) {
			super(message, cause);
		}

	}

	/** The network is not there (any more). */
	static final class NetworkMissingException extends BackendException {

		private NetworkMissingException(String message, Throwable cause) {
			super(message, cause);
		}

	}

}
