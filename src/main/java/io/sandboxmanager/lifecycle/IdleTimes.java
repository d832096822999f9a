package io.sandboxmanager.lifecycle;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/** How long a session may leave its sandboxes unused. */
public final class IdleTimes {

	private final Duration usual;

	private final Map<String, Duration> ofTypes;

	private final Duration shortest;

	/**
	 * Creates the times.
	 * @param usual of types that have none of their own, zero for any time
	 */
	public IdleTimes(Duration usual, Map<String, Duration> ofTypes) {
		this.usual = usual;
		this.ofTypes = Map.copyOf(ofTypes);
		this.shortest = Stream.concat(Stream.of(usual), ofTypes.values().stream())
			.filter((time) -> !time.isZero())
			.min(Duration::compareTo)
			.orElse(Duration.ZERO);
	}

	/** Of the sandboxes of a type; zero for any time. */
	Duration of(String type) {
		return this.ofTypes.getOrDefault(type, this.usual);
	}

	/**
	 * Of all types: when a sandbox is looked at whose type is not known. Zero for any
	 * time.
	 */
	public Duration shortest() {
		return this.shortest;
	}

}
