package io.sandboxmanager.security;

import java.time.Instant;
import java.util.Set;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * What opens one sandbox for somebody who cannot send the server's token, such as a
 * browser: as often as wanted until it ends or is revoked.
 *
 * @param id by which it is revoked: 32 hex digits, which open nothing
 * @param sandbox the one that it opens
 * @param purposes what of it
 * @param until when it ends; what was opened before stays open
 */
public record AccessTicket(String id, SandboxId sandbox, Set<Purpose> purposes, Instant until) {

	public AccessTicket {
		purposes = Set.copyOf(purposes);
	}

	/** The same ticket, for one of its purposes only. */
	AccessTicket only(Purpose purpose) {
		if (!this.purposes.contains(purpose)) {
			throw new IllegalArgumentException("a ticket cannot open more than it did: " + purpose);
		}
		return new AccessTicket(this.id, this.sandbox, Set.of(purpose), this.until);
	}

}
