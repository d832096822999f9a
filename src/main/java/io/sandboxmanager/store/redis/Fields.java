package io.sandboxmanager.store.redis;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/**
 * The fields of a record as Redis keeps them: texts, one for each fact; an absent fact
 * has no field. An instant is its epoch nanoseconds as 19 digits, so that scripts can
 * compare it as a text.
 */
final class Fields {

	private static final int NANOS = 1_000_000_000;

	private static final int INSTANT_DIGITS = 19;

	private static final TypeReference<LinkedHashMap<String, String>> TEXTS = new TypeReference<>() {
	};

	private static final ObjectReader JSON_READER = JsonMapper.shared().readerFor(TEXTS);

	private static final ObjectWriter JSON_WRITER = JsonMapper.shared().writerFor(TEXTS);

	private final Map<String, String> values;

	Fields() {
		this(new LinkedHashMap<>());
	}

	private Fields(Map<String, String> values) {
		this.values = values;
	}

	/**
	 * What {@link #json} gave.
	 * @throws JacksonException when the text is something else
	 */
	static Fields ofJson(String text) {
		return new Fields(JSON_READER.<LinkedHashMap<String, String>>readValue(text));
	}

	/** What a script gives for a record: names and values in turn. */
	static Fields of(List<?> reply) {
		Fields fields = new Fields();
		for (int i = 0; i < reply.size(); i += 2) {
			fields.values.put(text(reply.get(i)), text(reply.get(i + 1)));
		}
		return fields;
	}

	/** Values of these names, some of which may be absent; or none at all. */
	static Fields of(List<String> names, List<?> reply) {
		Fields fields = new Fields();
		for (int i = 0; i < reply.size(); i++) {
			if (reply.get(i) != null) {
				fields.values.put(names.get(i), text(reply.get(i)));
			}
		}
		return fields;
	}

	/** A text in a reply. */
	static String text(Object part) {
		return (part instanceof byte[] bytes) ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(part);
	}

	/** An instant as Redis keeps it. */
	static String text(Instant instant) {
		long nanos = Math.addExact(Math.multiplyExact(instant.getEpochSecond(), NANOS), instant.getNano());
		String digits = Long.toString(nanos);
		return "0".repeat(INSTANT_DIGITS - digits.length()) + digits;
	}

	static Instant instant(String text) {
		long nanos = Long.parseLong(text);
		return Instant.ofEpochSecond(nanos / NANOS, nanos % NANOS);
	}

	Fields put(String name, @Nullable String value) {
		if (value != null) {
			this.values.put(name, value);
		}
		return this;
	}

	Fields put(String name, @Nullable Instant value) {
		return put(name, (value != null) ? text(value) : null);
	}

	@Nullable String get(String name) {
		return this.values.get(name);
	}

	String getOr(String name, String otherwise) {
		return this.values.getOrDefault(name, otherwise);
	}

	/** A fact that every record has. */
	String require(String name) {
		String value = this.values.get(name);
		if (value == null) {
			throw new IllegalArgumentException("the record has no " + name);
		}
		return value;
	}

	@Nullable Instant instantOf(String name) {
		String value = get(name);
		return (value != null) ? instant(value) : null;
	}

	Instant requireInstant(String name) {
		return instant(require(name));
	}

	/** All fields as one text. */
	String json() {
		return JSON_WRITER.writeValueAsString(this.values);
	}

	/** Names and values in turn. */
	List<String> flat() {
		List<String> flat = new ArrayList<>(2 * this.values.size());
		this.values.forEach((name, value) -> {
			flat.add(name);
			flat.add(value);
		});
		return flat;
	}

	int size() {
		return this.values.size();
	}

}
