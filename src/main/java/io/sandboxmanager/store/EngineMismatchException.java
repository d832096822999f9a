package io.sandboxmanager.store;

import io.sandboxmanager.sandbox.SandboxException;

/** Servers that share their state do not share their engine. */
public class EngineMismatchException extends SandboxException {

	public EngineMismatchException(String engineId, String otherServer, String otherEngineId) {
		super("this server is on engine " + engineId + ", but server " + otherServer
				+ ", which uses the same state, is on engine " + otherEngineId
				+ ": each would hand out sandboxes that the other cannot reach. Let both use one engine (DOCKER_HOST),"
				+ " or give this one a state of its own (REDIS_KEY_TAG or REDIS_DB)."
				+ " A server that has crashed counts for some seconds more");
	}

}
