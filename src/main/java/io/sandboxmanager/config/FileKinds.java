package io.sandboxmanager.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.apache.catalina.util.NetMask;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The kinds of values that are paths, lists or maps. */
final class FileKinds {

	private static final Pattern INSIDE = Pattern.compile("/[^:\\p{Cntrl}]*[^:/\\p{Cntrl}]");

	private static final String LIST = "one, several separated by commas, or a JSON list of them";

	private static final Pattern NETWORK = Pattern
		.compile("([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(/[0-9]{1,3})?");

	private FileKinds() {
	}

	static ValueKind path() {
		return new ValueKind("a path", false, FileKinds::toPath);
	}

	static ValueKind absolutePath() {
		return new ValueKind("an absolute path", false, (text) -> text.startsWith("/") ? toPath(text) : null);
	}

	static ValueKind paths() {
		return new ValueKind("paths: " + LIST, false, list(FileKinds::toPath));
	}

	static ValueKind names(String what, String pattern) {
		Pattern compiled = Pattern.compile(pattern);
		return new ValueKind(what + ": " + LIST, false, list((text) -> compiled.matcher(text).matches() ? text : null));
	}

	/** Addresses, and networks such as 10.0.0.0/8. */
	static ValueKind networks() {
		return new ValueKind("IP addresses, and networks such as 10.0.0.0/8: " + LIST, false,
				list((text) -> NETWORK.matcher(text).matches() && isNetwork(text) ? text : null));
	}

	private static boolean isNetwork(String text) {
		try {
			return !new NetMask(text).toString().isEmpty();
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	/** A JSON object of host paths and the paths inside that they are seen as. */
	static ValueKind mounts() {
		return new ValueKind(
				"a JSON object of absolute paths such as {\"/srv/data\": \"/data\"}, each path inside once", false,
				FileKinds::toMounts);
	}

	private static @Nullable Map<String, String> toMounts(String text) {
		JsonNode root = json(text);
		if (root == null || !root.isObject()) {
			return null;
		}
		Map<String, String> mounts = new LinkedHashMap<>();
		Set<String> targets = new HashSet<>();
		for (Map.Entry<String, JsonNode> entry : root.properties()) {
			String target = entry.getValue().isString() ? entry.getValue().stringValue() : "";
			if (toPath(entry.getKey()) == null || !entry.getKey().startsWith("/") || !INSIDE.matcher(target).matches()
					|| !targets.add(target)) {
				return null;
			}
			mounts.put(entry.getKey(), target);
		}
		return mounts;
	}

	private static <T> Function<String, @Nullable Object> list(Function<String, @Nullable T> reader) {
		return (text) -> {
			List<String> parts = text.startsWith("[") ? jsonList(text)
					: Stream.of(text.split(",")).map(String::strip).filter((part) -> !part.isEmpty()).toList();
			List<T> items = new ArrayList<>();
			for (String part : parts) {
				T item = reader.apply(part);
				if (item == null) {
					return null;
				}
				items.add(item);
			}
			return items.isEmpty() ? null : items;
		};
	}

	private static List<String> jsonList(String text) {
		JsonNode root = json(text);
		if (root == null || !root.isArray() || root.valueStream().anyMatch((item) -> !item.isString())) {
			return List.of();
		}
		return root.valueStream().map(JsonNode::stringValue).toList();
	}

	private static @Nullable JsonNode json(String text) {
		try {
			return JsonMapper.shared().readTree(text);
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	private static @Nullable Path toPath(String text) {
		try {
			return text.isBlank() ? null : Path.of(text);
		}
		catch (InvalidPathException ex) {
			return null;
		}
	}

}
