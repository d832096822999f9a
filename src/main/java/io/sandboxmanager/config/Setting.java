package io.sandboxmanager.config;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * One variable: all that the server, its messages and its documents know of it.
 *
 * @param name as users write it
 * @param olderNames spellings that are read too
 * @param defaultText the default as users would write it, empty for none
 * @param property the Spring property that it becomes, or {@code null} if nothing uses it
 * @param sentence what it does
 */
record Setting(String name, List<String> olderNames, SettingGroup group, ValueKind kind, String defaultText,
		@Nullable String property, String sentence) {

	/** The spellings, the current one first. */
	List<String> names() {
		List<String> names = new ArrayList<>(List.of(this.name));
		names.addAll(this.olderNames);
		return names;
	}

	Setting formerly(String olderName) {
		return new Setting(this.name, List.of(olderName), this.group, this.kind, this.defaultText, this.property,
				this.sentence);
	}

}
