package io.sandboxmanager.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The fields of one mapping of the catalogue. Every mistake is noted with its place, and
 * the field then counts as absent, so that one reading finds all of them.
 */
final class Fields {

	private final String place;

	private final JsonNode node;

	private final List<String> mistakes;

	private Fields(String place, JsonNode node, List<String> mistakes) {
		this.place = place;
		this.node = node;
		this.mistakes = mistakes;
	}

	/** The fields of {@code node}, of which only these are known. */
	static Fields of(String place, JsonNode node, List<String> mistakes, String... known) {
		Fields fields = new Fields(place, node, mistakes);
		if (!node.isObject()) {
			fields.mistakes.add(place + ": expected a mapping of " + String.join(", ", known));
			return fields;
		}
		for (String name : node.propertyNames()) {
			if (!List.of(known).contains(name)) {
				mistakes.add(fields.at(name) + ": unknown field; known are " + String.join(", ", known));
			}
		}
		return fields;
	}

	@Nullable JsonNode node(String name) {
		return this.node.get(name);
	}

	String at(String name) {
		return this.place + "." + name;
	}

	/** A mapping, or {@code null} when absent. */
	@Nullable Fields mapping(String name, String... known) {
		JsonNode value = node(name);
		return (value != null) ? of(at(name), value, this.mistakes, known) : null;
	}

	/**
	 * A scalar as its text, read by {@code reader}.
	 * @param reader gives {@code null} or throws IllegalArgumentException if it cannot
	 */
	<T> @Nullable T scalar(String name, String expected, Function<JsonNode, @Nullable T> reader) {
		JsonNode value = node(name);
		return (value != null) ? read(at(name), value, expected, reader) : null;
	}

	/** A list of such scalars, empty when absent. */
	<T> List<T> list(String name, String expected, Function<JsonNode, @Nullable T> reader) {
		JsonNode value = node(name);
		if (value == null) {
			return List.of();
		}
		List<T> items = new ArrayList<>();
		if (!value.isArray()) {
			this.mistakes.add(at(name) + ": expected a list of " + expected);
		}
		for (int index = 0; value.isArray() && index < value.size(); index++) {
			T item = read(at(name) + "[" + index + "]", value.get(index), expected, reader);
			if (item != null) {
				items.add(item);
			}
		}
		return items;
	}

	/** A mapping of texts, empty when absent. */
	Map<String, String> texts(String name, Function<String, @Nullable String> key) {
		JsonNode value = node(name);
		Map<String, String> texts = new LinkedHashMap<>();
		if (value != null && !value.isObject()) {
			this.mistakes.add(at(name) + ": expected a mapping of names to texts");
		}
		for (Map.Entry<String, JsonNode> entry : (value != null && value.isObject()) ? value.properties()
				: List.<Map.Entry<String, JsonNode>>of()) {
			String place = at(name) + "." + entry.getKey();
			if (key.apply(entry.getKey()) == null) {
				this.mistakes.add(place + ": expected the name of an environment variable");
			}
			else if (!entry.getValue().isString()) {
				this.mistakes.add(place + ": expected text; put a number or a boolean in quotes");
			}
			else {
				texts.put(entry.getKey(), entry.getValue().stringValue());
			}
		}
		return texts;
	}

	/** A whole number of this range. */
	@Nullable Long whole(String name, long min, long max) {
		return scalar(name, "a whole number from " + min + " to " + max, (value) -> Texts.whole(value, min, max));
	}

	private <T> @Nullable T read(String place, JsonNode value, String expected,
			Function<JsonNode, @Nullable T> reader) {
		T result;
		try {
			result = reader.apply(value);
		}
		catch (IllegalArgumentException ex) {
			result = null;
		}
		if (result == null) {
			String shown = value.isValueNode() ? ", got " + value : "";
			this.mistakes.add(place + ": expected " + expected + shown);
		}
		return result;
	}

}
