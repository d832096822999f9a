package io.sandboxmanager.sandbox;

import java.time.Duration;
import java.time.Instant;

/**
 * How a sandbox is handed out.
 *
 * @param owner who gets it
 * @param request what it is bound to
 * @param now when
 * @param idle how long its session may leave it unused, zero for any time
 * @param lifetime how long it may live at most, zero for any time
 */
public record Claim(Owner owner, SandboxRequest request, Instant now, Duration idle, Duration lifetime) {

	/** The same at another time. */
	public Claim at(Instant now) {
		return new Claim(this.owner, this.request, now, this.idle, this.lifetime);
	}
}
