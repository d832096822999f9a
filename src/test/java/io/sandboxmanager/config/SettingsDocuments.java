package io.sandboxmanager.config;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the code says of the settings, as the documents show it. */
final class SettingsDocuments {

	static final String BEGIN = "<!-- settings: begin, written by SettingsDocumentsTests -->";

	static final String END = "<!-- settings: end -->";

	private static final Pattern SPACE = Pattern.compile(" ");

	private SettingsDocuments() {
	}

	/** The whole of {@code .env.example}. */
	static String envExample() {
		StringBuilder text = new StringBuilder("""
				# Every setting of sandbox-manager with its default, the most wanted first.
				# Copy this file to .env and take the # from the lines to change.
				# Values may stand in single or double quotes; ${...} is not replaced.
				# docs/configuration.md tells more.
				""");
		for (SettingGroup group : SettingGroup.values()) {
			text.append("\n# ").append("-".repeat(86)).append('\n');
			text.append("# ").append(group.title()).append(": ").append(group.intro()).append('\n');
			for (Setting setting : of(group)) {
				text.append('\n').append(wrapped(setting.sentence())).append(wrapped(values(setting)));
				text.append("# ").append(setting.name()).append('=').append(setting.defaultText()).append('\n');
			}
		}
		return text.toString();
	}

	/** The tables of {@code docs/configuration.md}. */
	static String tables() {
		StringBuilder text = new StringBuilder();
		for (SettingGroup group : SettingGroup.values()) {
			text.append("\n### ").append(group.title()).append("\n\n").append(group.intro()).append("\n\n");
			text.append("| Variable | Default | Value | What it does |\n|---|---|---|---|\n");
			of(group).forEach((setting) -> text.append(row(setting)));
		}
		return text.append('\n').toString();
	}

	private static String row(Setting setting) {
		String older = setting.olderNames().isEmpty() ? "" : " (older: `" + setting.olderNames().get(0) + "`)";
		String value = setting.kind().expected() + (setting.kind().secret() ? "; never shown" : "");
		String fallback = setting.defaultText().isEmpty() ? "" : "`" + setting.defaultText() + "`";
		return Stream.of("`" + setting.name() + "`" + older, fallback, value, setting.sentence())
			.map((cell) -> cell.replace("|", "\\|"))
			.collect(Collectors.joining(" | ", "| ", " |\n"));
	}

	private static String values(Setting setting) {
		return "Value: " + setting.kind().expected() + ".";
	}

	private static List<Setting> of(SettingGroup group) {
		return Settings.ALL.stream().filter((setting) -> setting.group() == group).toList();
	}

	/** A comment of lines of at most 88 characters. */
	private static String wrapped(String sentence) {
		StringBuilder text = new StringBuilder();
		StringBuilder line = new StringBuilder("#");
		for (String word : SPACE.splitAsStream(sentence.replace("`", "")).toList()) {
			if (line.length() + 1 + word.length() > 88) {
				text.append(line).append('\n');
				line = new StringBuilder("#");
			}
			line.append(' ').append(word);
		}
		return text.append(line).append('\n').toString();
	}

}
