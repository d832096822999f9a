package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;

import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.docker.OwnContainer.OwnMount;

/**
 * Which folders a sandbox may see, and what the engine calls them. Nothing that is or
 * contains a socket of the engine is ever mounted: whoever has it owns the host.
 */
final class MountPolicy {

	private static final List<String> ENGINE_SOCKETS = List.of("/run/docker.sock", "/var/run/docker.sock",
			"/run/containerd/containerd.sock", "/var/run/containerd/containerd.sock", "/run/podman/podman.sock");

	private final boolean contained;

	private final List<OwnMount> translations;

	private final List<Path> forbidden = new ArrayList<>();

	/**
	 * @param known folders of this server and what the engine's host calls them
	 */
	MountPolicy(URI engine, Optional<OwnContainer> own, List<OwnMount> known) {
		this.contained = own.isPresent();
		this.translations = new ArrayList<>(known);
		own.ifPresent((container) -> this.translations.addAll(container.mounts()));
		this.translations.sort(Comparator.comparingInt((OwnMount mount) -> mount.inside().getNameCount()).reversed());
		ENGINE_SOCKETS.forEach((socket) -> forbid(Path.of(socket)));
		if ("unix".equals(engine.getScheme())) {
			Path socket = Path.of(engine.getPath()).toAbsolutePath().normalize();
			forbid(socket);
			translation(socket).ifPresent(this::forbid);
		}
	}

	private void forbid(Path socket) {
		this.forbidden.add(socket);
		Path real = real(socket);
		if (!real.equals(socket)) {
			this.forbidden.add(real);
		}
	}

	Mount mount(ContainerSpec.Mount wanted) {
		return new Mount().withType(MountType.BIND)
			.withSource(hostPath(wanted).toString())
			.withTarget(wanted.target())
			.withReadOnly(wanted.readOnly());
	}

	private Path hostPath(ContainerSpec.Mount wanted) {
		Path source = Path.of(wanted.source()).normalize();
		if (!source.isAbsolute()) {
			throw new ContainerRefusedException("a mount needs an absolute path, not " + wanted.source(), null);
		}
		refuseSockets(source);
		refuseSockets(real(source));
		if (wanted.onHost()) {
			return source;
		}
		Path host = translation(source).orElseGet(() -> {
			if (this.contained) {
				throw new ContainerRefusedException(
						"folder " + source + " is inside the server's own container, where "
								+ "the Docker engine cannot see it: mount it from the host, or set MOUNT_DIR_ON_HOST",
						null);
			}
			return source;
		});
		refuseSockets(host);
		return host;
	}

	private Optional<Path> translation(Path source) {
		return this.translations.stream()
			.filter((mount) -> source.startsWith(mount.inside()))
			.findFirst()
			.map((mount) -> mount.host().resolve(mount.inside().relativize(source)).normalize());
	}

	private void refuseSockets(Path source) {
		for (Path socket : this.forbidden) {
			if (socket.startsWith(source)) {
				throw new ContainerRefusedException("folder " + source + " holds the socket of a container engine ("
						+ socket + ") and is never given to a sandbox", null);
			}
		}
	}

	/** The path with the links in it followed, as far as it exists. */
	private static Path real(Path path) {
		Path existing = path;
		while (existing != null && !Files.exists(existing)) {
			existing = existing.getParent();
		}
		if (existing == null) {
			return path;
		}
		try {
			return existing.toRealPath().resolve(existing.relativize(path)).normalize();
		}
		catch (IOException ex) {
			throw new ContainerRefusedException("folder " + path + " cannot be looked at: " + ex.getMessage(), ex);
		}
	}

}
