package io.sandboxmanager.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The places that variables come from, the one that wins first. */
final class SettingSources {

	private final List<Map<String, Given>> layers = new ArrayList<>();

	private final List<String> mistakes = new ArrayList<>();

	private final List<String> warnings = new ArrayList<>();

	/**
	 * Reads all places: the environment, the files in which a later one wins, and
	 * {@code .env} in the folder if there is one.
	 */
	SettingSources(Map<String, String> environment, Path folder, List<Path> files) {
		Map<String, Given> variables = new LinkedHashMap<>();
		environment.forEach((name, value) -> variables.put(name, new Given(name, value, "environment")));
		this.layers.add(variables);
		for (Path file : files) {
			if (Files.isRegularFile(folder.resolve(file))) {
				this.layers.add(1, read(folder.resolve(file), file.toString()));
			}
			else {
				this.mistakes.add("--config " + file + ": expected a file");
			}
		}
		if (Files.isRegularFile(folder.resolve(".env"))) {
			this.layers.add(read(folder.resolve(".env"), ".env"));
		}
	}

	/** What is wrong with the files. */
	List<String> mistakes() {
		return this.mistakes;
	}

	/** What looks wrong in the files. */
	List<String> warnings() {
		return this.warnings;
	}

	/** The value of a variable that wins, if it is given anywhere. */
	Optional<Given> find(Setting setting) {
		for (Map<String, Given> layer : this.layers) {
			List<String> present = setting.names().stream().filter(layer::containsKey).toList();
			if (present.size() > 1) {
				this.warnings
					.add(present.get(1) + " is not used, since " + present.get(0) + ", its newer name, is given too");
			}
			if (!present.isEmpty()) {
				return Optional.ofNullable(layer.get(present.get(0)));
			}
		}
		return Optional.empty();
	}

	private Map<String, Given> read(Path file, String shownAs) {
		Map<String, Given> layer = new LinkedHashMap<>();
		try {
			DotEnv parsed = DotEnv.parse(Files.readString(file));
			parsed.mistakes()
				.forEach((mistake) -> this.mistakes.add(shownAs + " line " + mistake.line() + ": " + mistake.text()));
			for (DotEnv.Entry entry : parsed.entries()) {
				String origin = shownAs + " line " + entry.line();
				layer.put(entry.name(), new Given(entry.name(), entry.value(), origin));
				examine(entry, origin);
			}
		}
		catch (CharacterCodingException ex) {
			this.mistakes.add(shownAs + ": expected text in UTF-8");
		}
		catch (IOException ex) {
			this.mistakes.add(shownAs + ": cannot be read: " + ex.getMessage());
		}
		return layer;
	}

	private void examine(DotEnv.Entry entry, String origin) {
		if (Settings.find(entry.name()).isEmpty()) {
			NearestName.of(entry.name())
				.ifPresent((name) -> this.warnings
					.add(entry.name() + " is not a setting; is " + name + " meant? (" + origin + ")"));
		}
		else if (entry.value().contains("${")) {
			this.warnings.add(entry.name() + " holds ${…}, which is taken as it is (" + origin + ")");
		}
	}

}
