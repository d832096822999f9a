package io.sandboxmanager.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.security.Tickets.Issued;

/** Gives out and revokes the tickets that open sandboxes for browsers. */
@RestController
@RequestMapping("/api/v1/sandboxes/{identity}/tickets")
class TicketController {

	private final SandboxAccess sandboxes;

	private final Tickets tickets;

	TicketController(SandboxAccess sandboxes, Tickets tickets) {
		this.sandboxes = sandboxes;
		this.tickets = tickets;
	}

	@PostMapping
	ResponseEntity<Ticket> issue(@PathVariable String identity, @RequestBody(required = false) @Nullable Wish wish) {
		Sandbox sandbox = this.sandboxes.reach(identity);
		Set<Purpose> purposes = purposes((wish != null) ? wish.purposes() : null);
		Long seconds = (wish != null) ? wish.lifetimeSeconds() : null;
		Issued issued = (seconds != null) ? this.tickets.issue(sandbox.id(), purposes, lifetime(seconds))
				: this.tickets.issue(sandbox.id(), purposes);
		return ResponseEntity.status(HttpStatus.CREATED).cacheControl(CacheControl.noStore()).body(Ticket.of(issued));
	}

	/**
	 * It opens nothing any more, on no server, and what it has opened is closed. One that
	 * was never there is revoked, too.
	 */
	@DeleteMapping("/{ticket}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void revoke(@PathVariable String ticket) {
		if (!Tickets.isId(ticket)) {
			throw new InvalidSandboxRequestException("a ticket is revoked by its id, 32 hex digits, not by itself");
		}
		this.tickets.revoke(ticket);
	}

	private static Set<Purpose> purposes(@Nullable List<@Nullable String> names) {
		if (names == null) {
			return EnumSet.allOf(Purpose.class);
		}
		Set<Purpose> purposes = EnumSet.noneOf(Purpose.class);
		for (String name : names) {
			purposes.add(Arrays.stream(Purpose.values())
				.filter((purpose) -> nameOf(purpose).equals(name))
				.findFirst()
				.orElseThrow(TicketController::noPurpose));
		}
		if (purposes.isEmpty()) {
			throw noPurpose();
		}
		return purposes;
	}

	private static InvalidSandboxRequestException noPurpose() {
		return new InvalidSandboxRequestException("purposes: expected at least one of "
				+ Arrays.stream(Purpose.values()).map(TicketController::nameOf).collect(Collectors.joining(", ")));
	}

	private Duration lifetime(long seconds) {
		long most = this.tickets.maxLifetime().toSeconds();
		if (seconds < 1 || seconds > most) {
			throw new InvalidSandboxRequestException(
					"lifetime_seconds: expected 1 to " + most + " (MAX_TICKET_LIFETIME), got " + seconds);
		}
		return Duration.ofSeconds(seconds);
	}

	static String nameOf(Purpose purpose) {
		return purpose.name().toLowerCase(Locale.ROOT);
	}

	/**
	 * What a caller wants.
	 *
	 * @param purposes all without it
	 * @param lifetimeSeconds an hour without it
	 */
	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record Wish(@Nullable List<@Nullable String> purposes, @Nullable Long lifetimeSeconds) {
	}

	/**
	 * A ticket as its caller gets it, this once.
	 *
	 * @param id by which it is revoked
	 * @param ticket what opens the sandbox
	 * @param sandbox the id of the sandbox that it opens
	 */
	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record Ticket(String id, String ticket, String sandbox, List<String> purposes, Instant expiresAt) {

		static Ticket of(Issued issued) {
			return new Ticket(issued.ticket().id(), issued.text(), issued.ticket().sandbox().value(),
					issued.ticket().purposes().stream().sorted().map(TicketController::nameOf).toList(),
					issued.ticket().until());
		}

	}

}
