package io.sandboxmanager.gateway;

import java.io.IOException;

import jakarta.servlet.ServletException;

import io.sandboxmanager.sandbox.Sandbox;

/** What is to be done with a sandbox, or with the one that took its place. */
@FunctionalInterface
public interface SandboxCall {

	/**
	 * Does it.
	 * @throws UpstreamNotConnectedException when nothing was done
	 */
	void to(Sandbox sandbox) throws ServletException, IOException;

}
