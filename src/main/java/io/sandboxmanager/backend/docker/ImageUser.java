package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerNotFoundException;

/**
 * Finds out which numbers an image's user has. Only a number with a group or root needs
 * no look into the image; for the rest its {@code /etc/passwd} is read out of a container
 * that is made for it and never started.
 */
final class ImageUser {

	/** Marks the containers that are made to look into an image. */
	static final String LABEL = "io.sandboxmanager.look-into";

	private static final Logger LOGGER = LoggerFactory.getLogger(ImageUser.class);

	private static final Duration ABANDONED = Duration.ofMinutes(10);

	private static final int MAX_FILE = 1 << 20;

	private static final int MAX_KNOWN = 1000;

	private final Engine engine;

	private final Map<String, Ids> known = new ConcurrentHashMap<>();

	private final Clock clock;

	private final AtomicBoolean swept = new AtomicBoolean();

	ImageUser(Engine engine, Clock clock) {
		this.engine = engine;
		this.clock = clock;
	}

	Ids of(DockerImage image) {
		Optional<Ids> plain = UserNames.withoutFiles(image.user());
		if (plain.isPresent()) {
			return plain.get();
		}
		Ids before = this.known.get(image.id());
		if (before != null) {
			return before;
		}
		Ids found = look(image);
		if (this.known.size() >= MAX_KNOWN) {
			this.known.clear();
		}
		this.known.put(image.id(), found);
		return found;
	}

	private Ids look(DockerImage image) {
		if (this.swept.compareAndSet(false, true)) {
			sweep();
		}
		String container = this.engine.call("look into image " + image.id(),
				(client) -> client.createContainerCmd(image.id())
					.withLabels(Map.of(LABEL, "user"))
					.withCmd("true")
					.exec()
					.getId());
		try {
			return new UserNames(read(container, "/etc/passwd"), read(container, "/etc/group")).resolve(image.user());
		}
		finally {
			discard(container);
		}
	}

	/** A server that was killed while it looked may have left its container behind. */
	private void sweep() {
		long abandoned = this.clock.instant().minus(ABANDONED).getEpochSecond();
		this.engine
			.call("list containers",
					(client) -> client.listContainersCmd().withShowAll(true).withLabelFilter(List.of(LABEL)).exec())
			.stream()
			.filter((container) -> container.getCreated() < abandoned)
			.forEach((container) -> discard(container.getId()));
	}

	private void discard(String container) {
		try {
			this.engine.run("remove container " + container,
					(client) -> client.removeContainerCmd(container).withForce(true).withRemoveVolumes(true).exec());
		}
		catch (ContainerNotFoundException ex) {
			LOGGER.debug("Container {} is gone already", container);
		}
		catch (BackendException ex) {
			LOGGER.warn("Container {} was made to look into an image and is left behind: {}", container,
					ex.getMessage());
		}
	}

	private String read(String container, String file) {
		return this.engine.call("read " + file + " of container " + container,
				(client) -> read(client, container, file));
	}

	private static String read(DockerClient client, String container, String file) {
		try (InputStream archive = client.copyArchiveFromContainerCmd(container, file).exec();
				TarArchiveInputStream tar = new TarArchiveInputStream(archive)) {
			TarArchiveEntry entry = tar.getNextEntry();
			return (entry != null && entry.isFile()) ? new String(tar.readNBytes(MAX_FILE), StandardCharsets.UTF_8)
					: "";
		}
		catch (NotFoundException ex) {
			return "";
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Number of a user and of the group that its processes have. */
	record Ids(long uid, long gid) {

		static final Ids ROOT = new Ids(0, 0);

	}

}
