package io.sandboxmanager.store.memory;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.sandboxmanager.store.Waiter;

/** Who waits for a member of a pool, by type. Not safe for several threads. */
class Queues {

	/** By waiter, in the order of arrival. */
	private final Map<String, Map<String, Place>> queues = new HashMap<>();

	private long arrivals;

	/** How many wait, those that have gone silent not counted. */
	int length(String type, Instant now) {
		Map<String, Place> queue = queue(type);
		queue.values().removeIf((place) -> !place.until().isAfter(now));
		return queue.size();
	}

	/** How many wait ahead of one, all of them if he has no place. */
	int ahead(String type, Waiter waiter) {
		int rank = List.copyOf(queue(type).keySet()).indexOf(waiter.id());
		return (rank >= 0) ? rank : queue(type).size();
	}

	boolean hasPlace(String type, Waiter waiter) {
		return queue(type).containsKey(waiter.id());
	}

	/**
	 * Takes the last place, or stays at the one that he has.
	 * @return its number
	 */
	long keepPlace(String type, Waiter waiter, Instant now) {
		Place known = queue(type).get(waiter.id());
		long number = (known != null) ? known.number() : ++this.arrivals;
		queue(type).put(waiter.id(), new Place(number, now.plus(waiter.presence())));
		return number;
	}

	void leave(String type, Waiter waiter) {
		queue(type).remove(waiter.id());
	}

	private Map<String, Place> queue(String type) {
		return this.queues.computeIfAbsent(type, (any) -> new LinkedHashMap<>());
	}

	private record Place(long number, Instant until) {
	}

}
