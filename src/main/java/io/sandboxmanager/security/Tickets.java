package io.sandboxmanager.security;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.TicketBook;

/**
 * Gives tickets out and looks at those that are shown. All servers on one state know each
 * other's: nothing is kept of a ticket but the key that it is signed with, and that it
 * was revoked.
 *
 * <p>
 * Every method throws {@link StateUnavailableException} when the state is away: without
 * it nobody knows what was revoked.
 */
public final class Tickets {

	private static final Duration USUAL_LIFETIME = Duration.ofHours(1);

	private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

	private static final int ID_BYTES = 16;

	private static final String PARAMETER = "ticket=";

	private static final SecureRandom RANDOM = new SecureRandom();

	private final SandboxStore store;

	private final Clock clock;

	private final Duration maxLifetime;

	/**
	 * Makes the tickets of a state.
	 * @param maxLifetime how long one may last at most
	 */
	public Tickets(SandboxStore store, Clock clock, Duration maxLifetime) {
		this.store = store;
		this.clock = clock;
		this.maxLifetime = maxLifetime;
	}

	/** How long one may last at most. */
	public Duration maxLifetime() {
		return this.maxLifetime;
	}

	/** Gives out a ticket that lasts for the usual time. */
	public Issued issue(SandboxId sandbox, Set<Purpose> purposes) {
		return issue(sandbox, purposes,
				(USUAL_LIFETIME.compareTo(this.maxLifetime) < 0) ? USUAL_LIFETIME : this.maxLifetime);
	}

	/** Gives out a ticket. */
	public Issued issue(SandboxId sandbox, Set<Purpose> purposes, Duration lifetime) {
		if (lifetime.compareTo(this.maxLifetime) > 0) {
			throw new IllegalArgumentException("a ticket lasts at most " + this.maxLifetime);
		}
		byte[] id = new byte[ID_BYTES];
		RANDOM.nextBytes(id);
		Instant until = this.clock.instant().plus(lifetime).truncatedTo(ChronoUnit.MILLIS);
		AccessTicket ticket = new AccessTicket(HexFormat.of().formatHex(id), sandbox, purposes, until);
		return new Issued(ticket, seal(this.store.ticketBook(List.of())).write(ticket));
	}

	/** The text of the same ticket for one of its purposes only. */
	public Issued narrow(AccessTicket ticket, Purpose purpose) {
		AccessTicket narrow = ticket.only(purpose);
		return new Issued(narrow, seal(this.store.ticketBook(List.of())).write(narrow));
	}

	/** Whether a text has the form of a ticket, good or not. */
	public static boolean isTicket(String text) {
		return TicketSeal.isTicket(text);
	}

	/** Whether a query shows what looks like a ticket. */
	public static boolean isShownIn(@Nullable String query) {
		return query != null && Arrays.stream(query.split("&"))
			.anyMatch((parameter) -> parameter.startsWith(PARAMETER)
					&& isTicket(parameter.substring(PARAMETER.length())));
	}

	/**
	 * The ticket that a text is, if it opens this sandbox for this purpose now.
	 * @param text what somebody shows, whatever it is
	 */
	public Optional<AccessTicket> check(String text, SandboxId sandbox, Purpose purpose) {
		return check(text, purpose).filter((ticket) -> ticket.sandbox().equals(sandbox));
	}

	/**
	 * The ticket that a text is, if it opens its sandbox for this purpose now.
	 * @param text what somebody shows, whatever it is
	 */
	public Optional<AccessTicket> check(String text, Purpose purpose) {
		if (!TicketSeal.isTicket(text)) {
			return Optional.empty();
		}
		TicketBook book = this.store.ticketBook(List.of(TicketSeal.claimedId(text)));
		return seal(book).read(text)
			.filter((ticket) -> book.revoked().isEmpty() && ticket.purposes().contains(purpose)
					&& this.clock.instant().isBefore(ticket.until()));
	}

	/** Whether a text may be the id of a ticket. */
	public static boolean isId(String text) {
		return ID.matcher(text).matches();
	}

	/**
	 * Revokes a ticket on all servers, with all that it has opened. It is known as
	 * revoked for longer than it could have lasted.
	 */
	public void revoke(String id) {
		this.store.revokeTicket(id, this.maxLifetime.plus(USUAL_LIFETIME));
	}

	private static TicketSeal seal(TicketBook book) {
		return new TicketSeal(book.key());
	}

	/**
	 * A ticket and its text.
	 */
	public record Issued(AccessTicket ticket, String text) {

		/** Hides the text. */
		@Override
		public String toString() {
			return "Issued[" + this.ticket + "]";
		}

	}

}
