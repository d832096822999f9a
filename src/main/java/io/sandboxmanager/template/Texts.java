package io.sandboxmanager.template;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.IsolationProfile;

/** Readers of the catalogue's scalars; {@code null} is for what they cannot read. */
final class Texts {

	static final String TYPE_NAME_EXPECTED = "a lower-case letter, then lower-case letters, digits, _ or -, at most 63";

	static final String SIZE_EXPECTED = "a size such as 512Mi or 2Gi";

	static final String PORTS_EXPECTED = "a port, or a range such as 3000-3999";

	private static final Pattern TYPE_NAME = Pattern.compile("[a-z][a-z0-9_-]{0,62}");

	private static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}");

	private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

	static final String PATH_EXPECTED = "a path such as /v1/docs, without query and without .. in it";

	private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._~/-]{0,200}");

	private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,6})(Mi|Gi)B?");

	private static final Pattern PORTS = Pattern.compile("([1-9][0-9]{0,4})-([1-9][0-9]{0,4})");

	private Texts() {
	}

	/** A reader that takes text and nothing else. */
	static <T> Function<JsonNode, @Nullable T> with(Function<String, @Nullable T> reader) {
		return (value) -> value.isString() ? reader.apply(value.stringValue()) : null;
	}

	static @Nullable String typeName(String text) {
		return TYPE_NAME.matcher(text).matches() ? text : null;
	}

	static @Nullable String image(String text) {
		return IMAGE.matcher(text).matches() ? text : null;
	}

	static @Nullable String variable(String text) {
		return VARIABLE.matcher(text).matches() ? text : null;
	}

	static @Nullable String path(String text) {
		return (PATH.matcher(text).matches() && !text.contains("..")) ? text : null;
	}

	static @Nullable Long size(String text) {
		Matcher parts = SIZE.matcher(text);
		return parts.matches() ? Long.parseLong(parts.group(1)) << ("Mi".equals(parts.group(2)) ? 20 : 30) : null;
	}

	static @Nullable IsolationProfile profile(String text) {
		return switch (text) {
			case "strict", "compatible", "auto", "android" -> IsolationProfile.valueOf(text.toUpperCase(Locale.ROOT));
			default -> null;
		};
	}

	static @Nullable Double cpus(JsonNode value) {
		boolean fits = value.isNumber() && value.doubleValue() > 0 && value.doubleValue() <= 1024;
		return fits ? value.doubleValue() : null;
	}

	static @Nullable Integer gpus(JsonNode value) {
		if (value.isString() && "all".equals(value.stringValue())) {
			return -1;
		}
		Long number = whole(value, 0, 64);
		return (number != null) ? number.intValue() : null;
	}

	static @Nullable Boolean bool(JsonNode value) {
		return value.isBoolean() ? value.booleanValue() : null;
	}

	/** A port as a number, or two of them with a hyphen between. */
	static Exposure.@Nullable Range ports(JsonNode value) {
		Long port = whole(value, 1, 65535);
		if (port != null) {
			return new Exposure.Range(port.intValue(), port.intValue());
		}
		Matcher pair = PORTS.matcher(value.isString() ? value.stringValue() : "");
		if (!pair.matches()) {
			return null;
		}
		int first = Integer.parseInt(pair.group(1));
		int last = Integer.parseInt(pair.group(2));
		return (first <= last && last <= 65535) ? new Exposure.Range(first, last) : null;
	}

	/** A whole number, {@code 4.0} included, as JSON Schema counts it. */
	static @Nullable Long whole(JsonNode value, long min, long max) {
		if (!value.isNumber()) {
			return null;
		}
		BigDecimal number = value.decimalValue();
		boolean fits = number.stripTrailingZeros().scale() <= 0 && number.compareTo(BigDecimal.valueOf(min)) >= 0
				&& number.compareTo(BigDecimal.valueOf(max)) <= 0;
		return fits ? number.longValueExact() : null;
	}

	static @Nullable Duration positiveDuration(JsonNode value) {
		if (!value.isString() && !value.isNumber()) {
			return null;
		}
		Duration duration = DurationText
			.parse(value.isString() ? value.stringValue() : value.decimalValue().toPlainString());
		return duration.isZero() ? null : duration;
	}

}
