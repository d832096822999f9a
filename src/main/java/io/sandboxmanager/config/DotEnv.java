package io.sandboxmanager.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * The text of a {@code .env} file: {@code NAME=value} lines, {@code export} in front,
 * comments, and values in single quotes (taken as they are) or double quotes (with
 * {@code \n \r \t \" \\}). Nothing is interpolated: <code>${NAME}</code> stays as it is.
 *
 * @param entries in the order of the file
 * @param mistakes lines that are none of this, without their text, which may be secret
 */
record DotEnv(List<Entry> entries, List<Mistake> mistakes) {

	private static final Pattern LINE = Pattern.compile("(?:export\\s+)?(?<name>[^\\s=#'\"]+)\\s*=\\s*(?<value>.*)");

	private static final Pattern SINGLE = Pattern.compile("'(?<text>[^']*)'\\s*(?:#.*)?");

	private static final Pattern DOUBLE = Pattern.compile("\"(?<text>(?:[^\"\\\\]|\\\\.)*)\"\\s*(?:#.*)?");

	private static final Pattern COMMENT = Pattern.compile("(^|\\s+)#.*$");

	private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

	/** A variable and where it stands. */
	record Entry(String name, String value, int line) {
	}

	/** What is wrong with a line. */
	record Mistake(int line, String text) {
	}

	static DotEnv parse(String text) {
		List<Entry> entries = new ArrayList<>();
		List<Mistake> mistakes = new ArrayList<>();
		int number = 0;
		for (String line : (text.startsWith("\uFEFF") ? text.substring(1) : text).lines().toList()) {
			number++;
			String content = line.strip();
			if (content.isEmpty() || content.startsWith("#")) {
				continue;
			}
			Matcher parts = LINE.matcher(content);
			String value = parts.matches() ? value(parts.group("value")) : null;
			if (value != null) {
				entries.add(new Entry(parts.group("name"), value, number));
			}
			else {
				mistakes.add(new Mistake(number, "expected NAME=value, with a quoted value ended on the same line"));
			}
		}
		return new DotEnv(entries, mistakes);
	}

	private static @Nullable String value(String text) {
		if (text.startsWith("'")) {
			Matcher quoted = SINGLE.matcher(text);
			return quoted.matches() ? quoted.group("text") : null;
		}
		if (text.startsWith("\"")) {
			Matcher quoted = DOUBLE.matcher(text);
			return quoted.matches() ? unescape(quoted.group("text")) : null;
		}
		return COMMENT.matcher(text).replaceFirst("").strip();
	}

	private static String unescape(String text) {
		return ESCAPE.matcher(text).replaceAll((escape) -> Matcher.quoteReplacement(switch (escape.group(1)) {
			case "n" -> "\n";
			case "r" -> "\r";
			case "t" -> "\t";
			case "\"", "\\" -> escape.group(1);
			default -> escape.group();
		}));
	}

}
