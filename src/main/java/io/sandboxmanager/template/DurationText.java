package io.sandboxmanager.template;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them, in the catalogue and in variables: a number of seconds,
 * fractions allowed, or a number with a unit, such as {@code 500ms}, {@code 10s},
 * {@code 5m}, {@code 24h} or {@code 7d}.
 */
public final class DurationText {

	/** What a duration looks like, for schemas. */
	public static final String PATTERN = "[0-9]{1,9}(\\.[0-9]{1,9})?(ms|s|m|h|d)?";

	/** What to tell somebody who wrote something else. */
	public static final String EXPECTED = "seconds such as 60 or 0.5, or a number with a unit such as 500ms, 10s, 5m, 24h or 7d";

	private static final Pattern DURATION = Pattern.compile("(?<number>[0-9.]+)(?<unit>[a-z]*)");

	private static final Pattern VALID = Pattern.compile(PATTERN);

	private static final Duration LONGEST = Duration.ofDays(36500);

	private DurationText() {
	}

	/**
	 * Reads a duration that is not negative.
	 * @throws IllegalArgumentException if it is none, or longer than a hundred years
	 */
	public static Duration parse(String text) {
		Matcher parts = DURATION.matcher(text);
		if (!VALID.matcher(text).matches() || !parts.matches()) {
			throw new IllegalArgumentException("expected " + EXPECTED);
		}
		BigDecimal number = new BigDecimal(parts.group("number"));
		BigDecimal nanos = number.multiply(BigDecimal.valueOf(nanosOf(parts.group("unit"))));
		if (nanos.compareTo(BigDecimal.valueOf(LONGEST.toSeconds()).movePointRight(9)) > 0) {
			throw new IllegalArgumentException("expected at most " + LONGEST.toDays() + "d");
		}
		BigDecimal[] seconds = nanos.divideAndRemainder(BigDecimal.valueOf(1_000_000_000));
		return Duration.ofSeconds(seconds[0].longValue(), seconds[1].longValue());
	}

	private static long nanosOf(String unit) {
		return switch (unit) {
			case "ms" -> 1_000_000L;
			case "m" -> Duration.ofMinutes(1).toNanos();
			case "h" -> Duration.ofHours(1).toNanos();
			case "d" -> Duration.ofDays(1).toNanos();
			default -> Duration.ofSeconds(1).toNanos();
		};
	}

}
