package io.sandboxmanager.backend.docker;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.HostConfig;

import io.sandboxmanager.backend.ContainerDetails;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerNotFoundException;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.ImageMissingException;
import io.sandboxmanager.backend.PortTakenException;
import io.sandboxmanager.backend.docker.EngineErrors.NetworkMissingException;
import io.sandboxmanager.sandbox.Endpoint;

/**
 * Makes a container and starts it, or leaves nothing of it. Three calls when all goes
 * well: create, start, and an inspect that tells the port.
 */
final class ContainerStart {

	private static final int MAX_ATTEMPTS = 10;

	private final Containers containers;

	private final Site site;

	private final ImageStore images;

	private final HostPorts ports;

	private final ContainerCommand command;

	ContainerStart(Containers containers, Site site, ImageStore images, HostPorts ports, ContainerCommand command) {
		this.containers = containers;
		this.site = site;
		this.images = images;
		this.ports = ports;
		this.command = command;
	}

	ContainerHandle start(ContainerSpec spec) {
		Confinement confinement = confinement(spec);
		for (int attempt = 1;; attempt++) {
			int port = this.ports.take();
			try {
				return attempt(spec, confinement, port);
			}
			catch (PortTakenException ex) {
				this.ports.clashed(port);
				if (attempt == MAX_ATTEMPTS) {
					throw ex;
				}
			}
			catch (NetworkMissingException ex) {
				this.ports.giveBack(port);
				this.site.network().forget();
				if (attempt == MAX_ATTEMPTS) {
					throw ex;
				}
			}
			catch (RuntimeException ex) {
				this.ports.giveBack(port);
				throw ex;
			}
		}
	}

	private Confinement confinement(ContainerSpec spec) {
		DockerImage image = this.images.require(spec.image());
		Confinement confinement = Confinement.of(spec.profile(), image);
		if (confinement.strict() && this.images.user(image).uid() == 0) {
			throw new ContainerRefusedException(
					"image " + spec.image() + " runs as root, which the strict profile does "
							+ "not allow: give the image a USER, or its type the profile 'compatible'",
					null);
		}
		return confinement;
	}

	private ContainerHandle attempt(ContainerSpec spec, Confinement confinement, int port) {
		HostConfig host = this.command.host(spec, confinement, this.site.network().id(), port);
		String id = create(spec, host);
		try {
			this.containers.start(id);
			Endpoint endpoint = endpoint(this.containers.inspect(id), spec.agentPort());
			this.ports.assign(port, id);
			return new ContainerHandle(id, endpoint);
		}
		catch (RuntimeException ex) {
			this.containers.undo(id, ex);
			throw ex;
		}
	}

	private String create(ContainerSpec spec, HostConfig host) {
		try {
			return this.containers.create(spec.name(), (client) -> this.command.create(client, spec, host));
		}
		catch (ImageMissingException ex) {
			this.images.forget(spec.image());
			throw new ImageMissingException(
					"image " + spec.image() + " is not on the Docker engine any more: " + ImagePull.ADVICE, ex);
		}
		catch (EngineUnreachableException ex) {
			// The answer may be lost while the container is made.
			this.containers.undo(spec.name(), ex);
			throw ex;
		}
	}

	/** Starts a container that was stopped. */
	ContainerHandle resume(String ref) {
		this.containers.start(ref);
		return handle(this.containers.inspect(ref));
	}

	/** What a container that runs was made from. */
	ContainerDetails inspect(String ref) {
		InspectContainerResponse found = this.containers.inspect(ref);
		ContainerConfig config = found.getConfig();
		if (config == null || !Boolean.TRUE.equals(found.getState().getRunning())) {
			throw new ContainerNotFoundException("container " + ref + " does not run", null);
		}
		Map<String, String> environment = new HashMap<>();
		for (String variable : Objects.requireNonNullElse(config.getEnv(), new String[0])) {
			String[] parts = variable.split("=", 2);
			environment.put(parts[0], (parts.length > 1) ? parts[1] : "");
		}
		return new ContainerDetails(handle(found), String.valueOf(config.getImage()), environment);
	}

	private ContainerHandle handle(InspectContainerResponse found) {
		Map<String, String> labels = (found.getConfig() != null) ? found.getConfig().getLabels() : null;
		String port = (labels != null) ? labels.get(ContainerCommand.AGENT_PORT_LABEL) : null;
		if (port == null) {
			throw new ContainerNotFoundException("container " + found.getId() + " was not made by a sandbox manager",
					null);
		}
		return new ContainerHandle(found.getId(), endpoint(found, Integer.parseInt(port)));
	}

	private Endpoint endpoint(InspectContainerResponse found, int agentPort) {
		Optional<Endpoint> endpoint = this.site.reach().endpoint(found, agentPort);
		if (endpoint.isPresent() && Boolean.TRUE.equals(found.getState().getRunning())) {
			return endpoint.get();
		}
		throw new ContainerRefusedException("container " + found.getName() + " ended at once with exit code "
				+ found.getState().getExitCodeLong() + "; its last words: " + this.containers.lastWords(found.getId()),
				null);
	}

}
