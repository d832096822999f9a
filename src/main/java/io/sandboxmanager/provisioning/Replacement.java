package io.sandboxmanager.provisioning;

import java.util.Optional;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.store.Lease;

/**
 * A sandbox that is to take the place of a recycled one.
 *
 * @param recycled says which sandbox it will be
 * @param right the lease under which it is begun
 * @param turn waits until it may be handed out
 */
public record Replacement(Sandbox recycled, Lease right, Runnable turn) {

	SandboxId id() {
		return Optional.ofNullable(this.recycled.successor()).orElseThrow();
	}

}
