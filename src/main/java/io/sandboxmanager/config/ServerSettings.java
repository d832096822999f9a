package io.sandboxmanager.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The settings that the server starts with, all of them checked. Where a variable is
 * given in several places, the environment wins over the files named on the command line
 * (the last one first), these over {@code .env} in the working folder, and that over the
 * default. An empty value stands for the default.
 */
public final class ServerSettings {

	private final Map<String, Object> values = new LinkedHashMap<>();

	private final Map<String, Given> given = new LinkedHashMap<>();

	private final List<String> warnings = new ArrayList<>();

	private ServerSettings() {
	}

	/**
	 * Reads and checks all settings.
	 * @throws InvalidSettingsException with all mistakes at once
	 */
	public static ServerSettings read(Map<String, String> environment, Path folder, List<Path> files) {
		ServerSettings settings = new ServerSettings();
		SettingSources sources = new SettingSources(environment, folder, files);
		List<String> mistakes = new ArrayList<>(sources.mistakes());
		Settings.ALL.forEach((setting) -> settings.take(setting, sources.find(setting), mistakes));
		mistakes.addAll(SettingRules.mistakes(settings));
		if (!mistakes.isEmpty()) {
			throw new InvalidSettingsException(mistakes);
		}
		settings.warnings.addAll(sources.warnings());
		settings.warnings.addAll(SettingRules.warnings(settings));
		return settings;
	}

	private void take(Setting setting, Optional<Given> found, List<String> mistakes) {
		Given given = found.filter((value) -> !value.text().isBlank()).orElse(null);
		String text = (given != null) ? given.text() : setting.defaultText();
		if (given != null) {
			this.given.put(setting.name(), given);
		}
		if (text.isEmpty()) {
			return;
		}
		try {
			this.values.put(setting.name(), setting.kind().parse(setting.kind().secret() ? text : text.strip()));
		}
		catch (IllegalArgumentException ex) {
			if (given == null) {
				throw new IllegalStateException("the default of " + setting.name() + " is wrong", ex);
			}
			mistakes.add(given.mistake(setting, String.valueOf(ex.getMessage())));
		}
	}

	/** The value of a variable, absent if it has none or is wrong. */
	<T> @Nullable T value(String name, Class<T> type) {
		Object value = this.values.get(name);
		return (value != null) ? type.cast(value) : null;
	}

	/** The variable as the user gave it, if somebody did. */
	Optional<Given> given(String name) {
		return Optional.ofNullable(this.given.get(name));
	}

	/** What is worth a line in the log, though nothing that keeps the server down. */
	List<String> warnings() {
		return List.copyOf(this.warnings);
	}

	/** Shows no values, since some are secret. */
	@Override
	public String toString() {
		return "ServerSettings[" + String.join(", ", this.given.keySet()) + " given]";
	}

}
