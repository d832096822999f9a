package io.sandboxmanager.backend.docker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.PortTakenException;

/**
 * Gives out the host ports of a range, lowest first. It only remembers what this server
 * has given out; the engine has the last word, since it refuses a port that is in use. So
 * nothing must be kept over a restart, and servers may share a range.
 */
final class PortAllocator {

	/** How long a port that others use is passed over. */
	static final Duration AVOID = Duration.ofMinutes(1);

	private final int first;

	private final int end;

	private final Clock clock;

	private final SortedMap<Integer, Holder> held = new TreeMap<>();

	private final Map<Integer, Instant> avoided = new HashMap<>();

	PortAllocator(int first, int end, Clock clock) {
		if (first < 1 || end > 65536 || end <= first) {
			throw new IllegalArgumentException(
					"PORT_RANGE needs 1 <= first < end <= 65536, got [" + first + ", " + end + "]");
		}
		this.first = first;
		this.end = end;
		this.clock = clock;
	}

	/**
	 * @throws PortTakenException when each one is held or was found in use
	 */
	synchronized int take() {
		Instant now = this.clock.instant();
		this.avoided.values().removeIf((until) -> !now.isBefore(until));
		for (int port = this.first; port < this.end; port++) {
			if (!this.held.containsKey(port) && !this.avoided.containsKey(port)) {
				this.held.put(port, Holder.STARTING);
				return port;
			}
		}
		throw new PortTakenException("no port is free in PORT_RANGE [" + this.first + ", " + this.end + "): "
				+ this.held.size() + " are held by sandboxes, " + this.avoided.size() + " by others", null);
	}

	/** The port now belongs to a container. */
	synchronized void assign(int port, String container) {
		this.held.put(port, new Holder(container));
	}

	/** The start that took the port came to nothing. */
	synchronized void giveBack(int port) {
		this.held.remove(port);
	}

	/** The engine found the port in use by somebody else. */
	synchronized void avoid(int port) {
		this.held.remove(port);
		this.avoided.put(port, this.clock.instant().plus(AVOID));
	}

	/** The container is gone. */
	synchronized void release(String container) {
		this.held.values().removeIf((holder) -> container.equals(holder.container()));
	}

	/**
	 * Compares with what the engine says.
	 * @param containers those that exist
	 * @param published host ports in use
	 */
	synchronized void compare(Set<String> containers, Set<Integer> published) {
		this.held.values().removeIf((holder) -> holder.container() != null && !containers.contains(holder.container()));
		Instant until = this.clock.instant().plus(AVOID);
		published.stream()
			.filter((port) -> port >= this.first && port < this.end && !this.held.containsKey(port))
			.forEach((port) -> this.avoided.put(port, until));
	}

	private record Holder(@Nullable String container) {

		private static final Holder STARTING = new Holder(null);

	}

}
