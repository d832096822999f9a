package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.HostConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerNotFoundException;

/**
 * The container that this server itself runs in, if the engine knows it. A server in a
 * container of another engine is, for this one, a server outside.
 *
 * @param hostNetwork whether it shares the host's network
 * @param mounts what it has mounted
 */
record OwnContainer(String id, boolean hostNetwork, List<OwnMount> mounts) {

	private static final Logger LOGGER = LoggerFactory.getLogger(OwnContainer.class);

	/**
	 * Engines mount these files into each container out of a folder that has its id. On
	 * the host the same folders are mount points too, but never at these places.
	 */
	private static final Pattern MOUNTED_FILE = Pattern
		.compile("^\\S+ \\S+ \\S+ \\S*/([0-9a-f]{64})/\\S+ /etc/(?:hostname|hosts|resolv\\.conf) ");

	static Optional<OwnContainer> find(Engine engine, Path mountinfo) {
		Optional<String> id = idIn(mountinfo);
		if (id.isEmpty()) {
			return Optional.empty();
		}
		try {
			OwnContainer own = engine.call("inspect the server's own container",
					(client) -> of(client.inspectContainerCmd(id.get()).exec()));
			LOGGER.info("The server runs in container {} of the Docker engine", own.id());
			return Optional.of(own);
		}
		catch (ContainerNotFoundException ex) {
			LOGGER.info("The server runs in container {}, which the Docker engine at {} does not know: it is taken "
					+ "for one outside of it", id.get(), engine.host());
			return Optional.empty();
		}
	}

	private static OwnContainer of(InspectContainerResponse found) {
		HostConfig host = found.getHostConfig();
		boolean hostNetwork = host != null && "host".equals(host.getNetworkMode());
		List<InspectContainerResponse.Mount> mounts = (found.getMounts() != null) ? found.getMounts() : List.of();
		return new OwnContainer(found.getId(), hostNetwork,
				mounts.stream()
					.filter((mount) -> mount.getSource() != null && mount.getDestination() != null)
					.map((mount) -> new OwnMount(Path.of(mount.getSource()), Path.of(mount.getDestination().getPath())))
					.toList());
	}

	static Optional<String> idIn(Path mountinfo) {
		if (!Files.isReadable(mountinfo)) {
			return Optional.empty();
		}
		try {
			return Files.readAllLines(mountinfo)
				.stream()
				.map(MOUNTED_FILE::matcher)
				.filter(Matcher::find)
				.map((found) -> found.group(1))
				.findFirst();
		}
		catch (IOException ex) {
			LOGGER.warn("{} cannot be read, so the server is taken for one outside of a container: {}", mountinfo,
					ex.getMessage());
			return Optional.empty();
		}
	}

	/**
	 * @param host path on the engine's host
	 * @param inside path in this container
	 */
	record OwnMount(Path host, Path inside) {
	}

}
