package io.sandboxmanager.config;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.InjectedFaults;
import io.sandboxmanager.backend.docker.DockerBackend;
import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.backend.local.LocalBackend;
import io.sandboxmanager.backend.local.LocalProperties;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.workspace.WorkspaceException;
import io.sandboxmanager.workspace.WorkspaceProperties;

/**
 * Chooses the backend and connects to it while Spring puts the rest of the server
 * together: loading an engine's client and asking the engine what it is take as long as
 * half of that.
 */
final class BackendStart {

	private static final Executor OWN_THREAD = (work) -> {
		Thread thread = new Thread(work, "backend-start");
		thread.setDaemon(true);
		thread.start();
	};

	/** A Java property for who wants to see the server in trouble; no setting. */
	private static final String FAULTS = "sandbox-manager.faults";

	private static final Duration PATIENCE = Duration.ofSeconds(2);

	private final CompletableFuture<BackendChoice> choice;

	private final CompletableFuture<ContainerBackend> backend;

	private BackendStart(Binder binder, boolean loopback, @Nullable String faults) {
		this.choice = CompletableFuture.supplyAsync(() -> choose(binder, loopback), OWN_THREAD);
		this.backend = this.choice.thenApply((chosen) -> withFaults(connect(chosen, binder), faults));
	}

	/** Begins with the settings of an environment that is complete. */
	static BackendStart begin(Environment environment) {
		InetAddress host = environment.getProperty("server.address", InetAddress.class);
		return new BackendStart(Binder.get(environment), host != null && host.isLoopbackAddress(),
				environment.getProperty(FAULTS));
	}

	private static ContainerBackend withFaults(ContainerBackend backend, @Nullable String faults) {
		return (faults == null) ? backend
				: new InjectedFaults(faults, RandomGenerator.getDefault(), Sleeper.system()).over(backend);
	}

	private static BackendChoice choose(Binder binder, boolean loopback) {
		boolean engineNamed = binder.bindOrCreate("sandbox-manager.docker", DockerProperties.class).host() != null;
		return BackendChoice.of(binder.bindOrCreate("sandbox-manager", ChoiceProperties.class).backend(), engineNamed,
				loopback, () -> EnginePing.answers(EnginePing.DEFAULT_SOCKET, PATIENCE));
	}

	private static ContainerBackend connect(BackendChoice choice, Binder binder) {
		WorkspaceProperties files = binder.bindOrCreate("sandbox-manager.workspace", WorkspaceProperties.class);
		return switch (choice.kind()) {
			case DOCKER -> docker(binder.bindOrCreate("sandbox-manager.docker", DockerProperties.class), files);
			case LOCAL -> LocalBackend.connect(binder.bindOrCreate("sandbox-manager.local", LocalProperties.class),
					files.stateDir(), Clock.systemUTC());
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

	/** What was chosen. A failure is thrown as it was there. */
	BackendChoice choice() {
		return await(this.choice);
	}

	/**
	 * The backend, as soon as it is connected. A failure is thrown as it was there.
	 */
	ContainerBackend backend() {
		return await(this.backend);
	}

	private static <T> T await(CompletableFuture<T> result) {
		try {
			return result.join();
		}
		catch (CompletionException ex) {
			if (ex.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			throw ex;
		}
	}

}
