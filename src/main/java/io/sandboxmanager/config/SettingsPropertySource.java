package io.sandboxmanager.config;

import java.util.HashMap;
import java.util.Map;

import org.springframework.core.env.MapPropertySource;

/** The settings as Spring properties, from which each room's record is bound. */
final class SettingsPropertySource extends MapPropertySource {

	private static final String NAME = "sandbox-manager settings";

	SettingsPropertySource(ServerSettings settings) {
		super(NAME, properties(settings));
	}

	private static Map<String, Object> properties(ServerSettings settings) {
		Map<String, Object> properties = new HashMap<>();
		// Spring reads a variable DEBUG too, and takes any value but "false" as a wish
		// for its own debug log.
		properties.put("debug", "false");
		for (Setting setting : Settings.ALL) {
			Object value = settings.value(setting.name(), Object.class);
			if (setting.property() != null && value != null) {
				properties.put(setting.property(), (value instanceof String text) ? literal(text) : value);
			}
		}
		return properties;
	}

	/** Keeps Spring from replacing <code>${…}</code>. */
	private static String literal(String text) {
		return text.replace("${", "\\${");
	}

}
