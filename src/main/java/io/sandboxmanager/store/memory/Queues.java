package io.sandboxmanager.store.memory;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.sandboxmanager.store.Ticket;

/** Who waits for a member of a pool, by type. Not safe for several threads. */
class Queues {

	/** By ticket, in the order of arrival. */
	private final Map<String, Map<String, Waiter>> queues = new HashMap<>();

	private long arrivals;

	/** How many wait, those that have gone silent not counted. */
	int length(String type, Instant now) {
		Map<String, Waiter> queue = queue(type);
		queue.values().removeIf((waiter) -> !waiter.until().isAfter(now));
		return queue.size();
	}

	/** How many wait ahead of a ticket, all of them if it has no place. */
	int ahead(String type, Ticket ticket) {
		int rank = List.copyOf(queue(type).keySet()).indexOf(ticket.id());
		return (rank >= 0) ? rank : queue(type).size();
	}

	boolean hasPlace(String type, Ticket ticket) {
		return queue(type).containsKey(ticket.id());
	}

	/**
	 * Takes the last place, or stays at the one that the ticket has.
	 * @return its number
	 */
	long keepPlace(String type, Ticket ticket, Instant now) {
		Waiter known = queue(type).get(ticket.id());
		long number = (known != null) ? known.number() : ++this.arrivals;
		queue(type).put(ticket.id(), new Waiter(number, now.plus(ticket.presence())));
		return number;
	}

	void leave(String type, Ticket ticket) {
		queue(type).remove(ticket.id());
	}

	private Map<String, Waiter> queue(String type) {
		return this.queues.computeIfAbsent(type, (any) -> new LinkedHashMap<>());
	}

	private record Waiter(long number, Instant until) {
	}

}
