package io.sandboxmanager.store;

import java.util.Set;

/**
 * What the servers on one state know of the tickets that open sandboxes.
 *
 * @param key what they are signed with
 * @param revoked those that were revoked, of the ones that were asked for
 */
public record TicketBook(String key, Set<String> revoked) {

	public TicketBook {
		revoked = Set.copyOf(revoked);
	}

	/** Hides the key. */
	@Override
	public String toString() {
		return "TicketBook[" + this.revoked.size() + " revoked]";
	}

}
