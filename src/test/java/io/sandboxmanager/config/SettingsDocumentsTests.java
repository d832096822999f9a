package io.sandboxmanager.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The documents say what the code does. To write them anew after a change:
 * {@code mvn test -Dtest=SettingsDocumentsTests -Dsettings.documents=write}.
 */
class SettingsDocumentsTests {

	private static final Path ENV_EXAMPLE = Path.of(".env.example");

	private static final Path CONFIGURATION = Path.of("docs/configuration.md");

	private static final Pattern TABLES = Pattern.compile(
			Pattern.quote(SettingsDocuments.BEGIN) + "(?<tables>.*)" + Pattern.quote(SettingsDocuments.END),
			Pattern.DOTALL);

	private static final Pattern FENCE = Pattern.compile("```dotenv\\n(?<text>.*?)```", Pattern.DOTALL);

	@Test
	void envExampleIsWhatTheCodeSays() throws IOException {
		if (toBeWritten()) {
			Files.writeString(ENV_EXAMPLE, SettingsDocuments.envExample());
		}
		assertThat(Files.readString(ENV_EXAMPLE)).isEqualTo(SettingsDocuments.envExample());
	}

	@Test
	void theTablesAreWhatTheCodeSays() throws IOException {
		String document = Files.readString(CONFIGURATION);
		if (toBeWritten()) {
			String tables = SettingsDocuments.BEGIN + "\n" + SettingsDocuments.tables() + SettingsDocuments.END;
			document = TABLES.matcher(document).replaceFirst((found) -> Matcher.quoteReplacement(tables));
			Files.writeString(CONFIGURATION, document);
		}
		assertThat(TABLES.matcher(document).results()).singleElement()
			.satisfies((found) -> assertThat(found.group(1)).isEqualTo("\n" + SettingsDocuments.tables()));
	}

	@Test
	void envExampleListsEverySettingOnce() throws IOException {
		DotEnv example = uncommented();
		assertThat(example.mistakes()).isEmpty();
		assertThat(example.entries()).extracting(DotEnv.Entry::name)
			.containsExactlyElementsOf(Settings.ALL.stream().map(Setting::name).toList());
	}

	@Test
	void envExampleStartsAServerWithItsDefaults(@TempDir Path folder) throws IOException {
		StringBuilder text = new StringBuilder();
		uncommented().entries()
			.forEach((entry) -> text.append(entry.name()).append('=').append(entry.value()).append('\n'));
		Files.writeString(folder.resolve(".env"), text);
		ServerSettings copied = ServerSettings.read(Map.of(), folder, List.of());
		ServerSettings untouched = ServerSettings.read(Map.of(), folder.resolve("elsewhere"), List.of());
		assertThat(new SettingsPropertySource(copied).getSource())
			.isEqualTo(new SettingsPropertySource(untouched).getSource());
	}

	@ParameterizedTest
	@MethodSource
	void theExamplesInTheDocumentAreAccepted(String example, @TempDir Path folder) throws IOException {
		Files.writeString(folder.resolve("example.env"), example);
		ServerSettings settings = ServerSettings.read(Map.of(), folder, List.of(Path.of("example.env")));
		assertThat(settings.warnings()).isEmpty();
		assertThat(DotEnv.parse(example).entries())
			.allSatisfy((entry) -> assertThat(Settings.find(entry.name())).as(entry.name()).isPresent());
	}

	static Stream<String> theExamplesInTheDocumentAreAccepted() throws IOException {
		List<String> examples = FENCE.matcher(Files.readString(CONFIGURATION))
			.results()
			.map((found) -> found.group(1))
			.toList();
		assertThat(examples).hasSizeGreaterThan(3);
		return examples.stream();
	}

	private static DotEnv uncommented() throws IOException {
		String lines = Files.readAllLines(ENV_EXAMPLE)
			.stream()
			.map((line) -> line.replaceFirst("^# (?=[A-Z0-9_]+=)", ""))
			.reduce("", (text, line) -> text + line + "\n");
		return DotEnv.parse(lines);
	}

	private static boolean toBeWritten() {
		return "write".equals(System.getProperty("settings.documents"));
	}

}
