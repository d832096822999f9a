package io.sandboxmanager.gateway;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.AccessTicket;
import io.sandboxmanager.security.Purpose;

/**
 * By what somebody was let in.
 *
 * @param ticket the ticket, if it was one
 * @param text the ticket as it was written
 * @param inQuery whether it was shown in the query, as a ticket or as the password
 * @param purpose for what
 */
public record Entry(@Nullable AccessTicket ticket, @Nullable String text, boolean inQuery, Purpose purpose) {

	/** A caller of the server, or anybody where that is enough. */
	static Entry ofCaller(Purpose purpose) {
		return new Entry(null, null, false, purpose);
	}

	/** Somebody who has shown the sandbox's own token as a password. */
	static Entry byPassword(Purpose purpose) {
		return new Entry(null, null, true, purpose);
	}

	static Entry by(AccessTicket ticket, String text, boolean inQuery, Purpose purpose) {
		return new Entry(ticket, text, inQuery, purpose);
	}

	/** What may be revoked while it is open. */
	public Optional<AccessTicket> revocable() {
		return Optional.ofNullable(this.ticket);
	}

	/** A sandbox that took the place of the ticket's is another one. */
	boolean opens(Sandbox sandbox) {
		return this.ticket == null || this.ticket.sandbox().equals(sandbox.id());
	}

	/** Hides the ticket. */
	@Override
	public String toString() {
		return "Entry[" + ((this.ticket != null) ? "ticket " + this.ticket.id() : "no ticket") + "]";
	}

}
