package io.sandboxmanager.config;

import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.EngineUnreachableException;

/**
 * Which backend runs the sandboxes.
 *
 * @param reason why, when nobody named it
 */
record BackendChoice(BackendKind kind, @Nullable String reason) {

	/**
	 * The backend that was named, else Docker if an engine answers or its address was
	 * given, else local sandboxes, which isolate for development only.
	 * @throws EngineUnreachableException when there is no engine and others than this
	 * machine may call
	 */
	static BackendChoice of(@Nullable BackendKind named, boolean engineNamed, boolean loopback,
			BooleanSupplier engineAnswers) {
		if (named != null) {
			return new BackendChoice(named, null);
		}
		if (engineNamed) {
			return new BackendChoice(BackendKind.DOCKER, "DOCKER_HOST is set");
		}
		if (engineAnswers.getAsBoolean()) {
			return new BackendChoice(BackendKind.DOCKER, "a Docker engine answers");
		}
		if (loopback) {
			return new BackendChoice(BackendKind.LOCAL, "no Docker engine answers");
		}
		throw new EngineUnreachableException("no Docker engine answers: start one, name it in DOCKER_HOST, or set "
				+ "CONTAINER_DEPLOYMENT=local to run sandboxes as processes of this machine, which is not chosen by "
				+ "itself for a server that others can reach", null);
	}

}
