package io.sandboxmanager.sandbox;

import java.util.List;
import java.util.OptionalInt;

/**
 * What of a sandbox's inside may be reached through the server, beside its API. It shapes
 * no container: who changes it changes it for the sandboxes that run.
 *
 * @param open ports of programs that the sandbox's user started
 * @param cdp where the browser takes the Chrome DevTools Protocol, if it has one
 * @param desktop whether it has a screen that can be watched
 */
public record Exposure(List<Range> open, OptionalInt cdp, boolean desktop) {

	public static final Exposure NOTHING = new Exposure(List.of(), OptionalInt.empty(), false);

	public Exposure {
		open = List.copyOf(open);
	}

	/** Whether a port is open: that of the browser is only by its own way. */
	public boolean opens(int port) {
		return this.open.stream().anyMatch((range) -> range.contains(port)) && port != this.cdp.orElse(0);
	}

	/** Ports that follow each other, both ends included. */
	public record Range(int first, int last) {

		boolean contains(int port) {
			return this.first <= port && port <= this.last;
		}

		@Override
		public String toString() {
			return (this.first == this.last) ? Integer.toString(this.first) : this.first + "-" + this.last;
		}

	}

}
