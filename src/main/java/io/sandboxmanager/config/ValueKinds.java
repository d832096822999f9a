package io.sandboxmanager.config;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

import io.sandboxmanager.template.DurationText;

/** The kinds of scalar values. */
final class ValueKinds {

	private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

	private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?");

	private static final Pattern NO_SIZE = Pattern.compile("0(B|KB|MB|GB)?");

	private static final Pattern SIZE = Pattern.compile("[1-9][0-9]{0,5}(KB|MB|GB)");

	private static final Pattern PORT_PAIR = Pattern.compile("\\[\\s*([0-9]{1,5})\\s*,\\s*([0-9]{1,5})\\s*]");

	private static final Pattern HOST = Pattern.compile("[A-Za-z0-9:._%-]{1,253}");

	private ValueKinds() {
	}

	/** True or false in all the ways that the Python server knows. */
	static ValueKind bool() {
		return bool(true, false);
	}

	/** The same for a property that has two values of its own. */
	static ValueKind bool(Object whenTrue, Object whenFalse) {
		return new ValueKind("True or False", false, (text) -> switch (text.toLowerCase(Locale.ROOT)) {
			case "true", "t", "yes", "y", "on", "1" -> whenTrue;
			case "false", "f", "no", "n", "off", "0" -> whenFalse;
			default -> null;
		});
	}

	static ValueKind whole(int min, int max) {
		return new ValueKind("a whole number from " + min + " to " + max, false, (text) -> {
			long number = WHOLE.matcher(text).matches() ? Long.parseLong(text) : Long.MIN_VALUE;
			return (number >= min && number <= max) ? (int) number : null;
		});
	}

	static ValueKind decimal() {
		return new ValueKind("a number above 0", false, (text) -> {
			boolean fits = DECIMAL.matcher(text).matches() && new BigDecimal(text).signum() > 0;
			return fits ? new BigDecimal(text) : null;
		});
	}

	static ValueKind duration() {
		return new ValueKind(DurationText.EXPECTED, false, DurationText::parse);
	}

	/** A duration that cannot be zero. */
	static ValueKind limit() {
		return new ValueKind(DurationText.EXPECTED + ", more than zero", false, (text) -> {
			var duration = DurationText.parse(text);
			return duration.isZero() ? null : duration;
		});
	}

	/** A number of bytes. */
	static ValueKind size() {
		return new ValueKind("a size such as 512KB or 64MB", false,
				(text) -> SIZE.matcher(text).matches() ? DataSize.parse(text) : null);
	}

	/** A number of bytes, or {@code 0}. */
	static ValueKind sizeOrNone() {
		return new ValueKind("a size such as 512KB or 64MB, or 0", false, (text) -> NO_SIZE.matcher(text).matches()
				? DataSize.ofBytes(0) : SIZE.matcher(text).matches() ? DataSize.parse(text) : null);
	}

	static ValueKind text(String expected, String pattern) {
		Pattern compiled = Pattern.compile(pattern);
		return new ValueKind(expected, false, (text) -> compiled.matcher(text).matches() ? text : null);
	}

	/** Text that is never shown. */
	static ValueKind secret() {
		return new ValueKind("text without control characters", true,
				(text) -> text.chars().noneMatch(Character::isISOControl) ? text : null);
	}

	/** A secret that fits into an HTTP header. */
	static ValueKind token() {
		return new ValueKind("visible ASCII characters without spaces", true,
				(text) -> text.chars().allMatch((c) -> c > ' ' && c < 127) ? text : null);
	}

	/**
	 * One of a few words.
	 * @param built what can be chosen, and its property's value
	 * @param planned what cannot be chosen yet, and what to use until then
	 */
	static ValueKind choice(Map<String, ?> built, Map<String, String> planned) {
		return new ValueKind(String.join(" or ", new TreeSet<>(built.keySet())), false, (text) -> {
			String instead = planned.get(text);
			if (instead != null) {
				throw new IllegalArgumentException("not built yet; " + instead);
			}
			return built.get(text);
		});
	}

	/** An address to listen on. */
	static ValueKind address() {
		return new ValueKind("an address or name of this machine, such as 127.0.0.1, 0.0.0.0 or localhost", false,
				(text) -> HOST.matcher(text).matches() ? resolve(text) : null);
	}

	static ValueKind hostName() {
		return text("a host name or an address", HOST.pattern());
	}

	/** {@code [first,end]}, or {@code []} for any free port. */
	static ValueKind portRange() {
		return new ValueKind("two ports such as [49152,59152], the second one not included, or [] for any free port",
				false, (text) -> {
					Matcher pair = PORT_PAIR.matcher(text);
					if (!pair.matches()) {
						return text.matches("\\[\\s*]") ? List.of() : null;
					}
					int first = Integer.parseInt(pair.group(1));
					int end = Integer.parseInt(pair.group(2));
					return (first >= 1 && first < end && end <= 65536) ? List.of(first, end) : null;
				});
	}

	private static @Nullable InetAddress resolve(String host) {
		try {
			return InetAddress.getByName(host);
		}
		catch (UnknownHostException ex) {
			throw new IllegalArgumentException("cannot be resolved; expected an address or name of this machine", ex);
		}
	}

}
