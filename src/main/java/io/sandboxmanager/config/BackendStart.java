package io.sandboxmanager.config;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.workspace.WorkspaceProperties;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Connects to the backend while Spring puts the rest of the server together: loading an
 * engine's client and asking the engine what it is take as long as half of that.
 */
final class BackendStart {

	private static final Executor OWN_THREAD = (work) -> {
		Thread thread = new Thread(work, "backend-start");
		thread.setDaemon(true);
		thread.start();
	};

	private final CompletableFuture<ContainerBackend> backend;

	private BackendStart(CompletableFuture<ContainerBackend> backend) {
		this.backend = backend;
	}

	/** Begins with the settings of an environment that is complete. */
	static BackendStart begin(Environment environment) {
		Binder binder = Binder.get(environment);
		return new BackendStart(CompletableFuture.supplyAsync(() -> connect(binder), OWN_THREAD));
	}

	private static ContainerBackend connect(Binder binder) {
		ChoiceProperties choices = binder.bindOrCreate("sandbox-manager", ChoiceProperties.class);
		WorkspaceProperties files = binder.bindOrCreate("sandbox-manager.workspace", WorkspaceProperties.class);
		return BackendConfiguration.connect(choices,
				() -> binder.bindOrCreate("sandbox-manager.docker", DockerProperties.class), files);
	}

	/**
	 * The backend, as soon as it is connected. A failure is thrown as it was there.
	 */
	ContainerBackend await() {
		try {
			return this.backend.join();
		}
		catch (CompletionException ex) {
			if (ex.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			throw ex;
		}
	}

}
