package io.sandboxmanager.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.docker.DockerBackend;
import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.workspace.WorkspaceException;
import io.sandboxmanager.workspace.WorkspaceProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chooses what runs the containers. */
@Configuration(proxyBeanMethods = false)
class BackendConfiguration {

	/**
	 * The chosen backend; a server whose engine does not answer, or cannot mount the
	 * workspaces, does not start.
	 */
	@Bean
	ContainerBackend containerBackend(ObjectProvider<BackendStart> begun, ChoiceProperties choices,
			ObjectProvider<DockerProperties> docker, WorkspaceProperties files) {
		BackendStart start = begun.getIfAvailable();
		return (start != null) ? start.await() : connect(choices, docker::getObject, files);
	}

	static ContainerBackend connect(ChoiceProperties choices, Supplier<DockerProperties> docker,
			WorkspaceProperties files) {
		return switch (choices.backend()) {
			case DOCKER -> docker(docker.get(), files);
		};
	}

	private static DockerBackend docker(DockerProperties properties, WorkspaceProperties files) {
		Path mountDir = files.mountDir().toAbsolutePath().normalize();
		String onHost = files.mountDirOnHost();
		Map<Path, Path> hostPaths = (onHost != null) ? Map.of(mountDir, Path.of(onHost)) : Map.of();
		DockerBackend backend = DockerBackend.connect(properties, hostPaths);
		if (backend.capabilities().bindMounts()) {
			makeFolder(mountDir);
			backend.requireMountable(mountDir);
		}
		return backend;
	}

	private static void makeFolder(Path folder) {
		try {
			Files.createDirectories(folder);
		}
		catch (IOException ex) {
			throw new WorkspaceException("DEFAULT_MOUNT_DIR " + folder + " cannot be made: " + ex, ex);
		}
	}

}
