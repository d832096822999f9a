package io.sandboxmanager.provisioning;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxUnreachableException;

/** Waits until the agent of a new sandbox answers. */
@FunctionalInterface
public interface Readiness {

	/**
	 * Returns as soon as the agent answers.
	 * @param limit how long it may take
	 * @param ended asked now and then: whether the container is gone, so that waiting is
	 * vain
	 * @throws SandboxUnreachableException when it does not answer
	 */
	void await(Sandbox sandbox, Duration limit, BooleanSupplier ended);

}
