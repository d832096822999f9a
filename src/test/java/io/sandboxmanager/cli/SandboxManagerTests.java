package io.sandboxmanager.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.config.ServerSettings;

import static org.assertj.core.api.Assertions.assertThat;

class SandboxManagerTests {

	private final Map<String, String> environment = new HashMap<>();

	private final List<ServerSettings> started = new ArrayList<>();

	private final StringWriter out = new StringWriter();

	private final StringWriter err = new StringWriter();

	private Path folder = Path.of("");

	@BeforeEach
	void useFolder(@TempDir Path folder) throws IOException {
		this.folder = folder;
		Files.writeString(folder.resolve("a.env"), "POOL_SIZE=a\n");
		Files.writeString(folder.resolve("b.env"), "PORT=b\n");
		Files.writeString(folder.resolve("c.env"), "POOL_SIZE=1\nPORT=1\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "serve", "--config c.env", "serve --config c.env", "--config=c.env serve",
			"--config a.env --config b.env serve --config c.env" })
	void servesWithOrWithoutTheWord(String line) {
		assertThat(run(line)).isZero();
		assertThat(this.started).hasSize(1);
		assertThat(this.out.toString() + this.err).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "--config a.env --config b.env", "serve --config a.env --config b.env",
			"--config a.env serve --config b.env" })
	void readsEveryFileThatIsNamed(String line) {
		assertThat(run(line)).isEqualTo(2);
		assertThat(this.err.toString().lines()).hasSize(2)
			.anyMatch((mistake) -> mistake.startsWith("PORT=b: expected"))
			.anyMatch((mistake) -> mistake.startsWith("POOL_SIZE=a: expected"));
		assertThat(this.started).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "--version", "-V", "serve --version" })
	void tellsTheVersionOfTheBuild(String line) throws IOException {
		assertThat(run(line)).isZero();
		assertThat(this.out.toString().strip()).isEqualTo("sandbox-manager " + buildVersion()).matches(".* \\d.*");
		assertThat(this.started).isEmpty();
	}

	@Test
	void helpsWithoutStarting() {
		assertThat(run("--help")).isZero();
		assertThat(this.out.toString()).startsWith("Usage: sandbox-manager [-hV] [--config=FILE]... [serve]")
			.contains("serve  Run the server", "docs/configuration.md");
		assertThat(this.out.toString().lines()).allMatch((line) -> line.length() <= 80);
		assertThat(this.started).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			--bogus       | Unknown option: '--bogus'; see sandbox-manager --help
			serve --bogus | Unknown option: '--bogus'; see sandbox-manager --help
			srve          | Unmatched argument at index 0: 'srve'; see sandbox-manager --help
			--config      | Missing required parameter for option '--config' (FILE); see sandbox-manager --help
			""")
	void saysInOneLineWhatItDoesNotUnderstand(String line, String message) {
		assertThat(run(line)).isEqualTo(2);
		assertThat(this.err.toString().strip()).isEqualTo(message);
		assertThat(this.started).isEmpty();
	}

	@Test
	void endsWithTwoAndALineForEachWrongSetting() {
		this.environment.put("PORT", "x");
		this.environment.put("HOST", "0.0.0.0");
		assertThat(run("")).isEqualTo(2);
		assertThat(this.err.toString().lines()).hasSize(2);
		assertThat(this.started).isEmpty();
	}

	@Test
	void endsWithOneAndOneLineWhenTheEngineIsAway() {
		assertThat(run("serve", (settings) -> {
			throw new EngineUnreachableException("the engine does not answer", new IOException("refused"));
		})).isEqualTo(1);
		assertThat(this.err.toString().lines()).containsExactly("the engine does not answer");
	}

	@Test
	void endsWithOneAndTheStackAfterABug() {
		assertThat(run("serve", (settings) -> {
			throw new IllegalStateException("bug");
		})).isEqualTo(1);
		assertThat(this.err.toString()).contains("IllegalStateException: bug", "\tat io.sandboxmanager.cli");
	}

	private int run(String line) {
		return run(line, this.started::add);
	}

	private int run(String line, Consumer<ServerSettings> server) {
		CommandLine commandLine = new SandboxManager(this.environment, this.folder, server).commandLine()
			.setOut(new PrintWriter(this.out, true))
			.setErr(new PrintWriter(this.err, true));
		return commandLine.execute(line.isEmpty() ? new String[0] : line.split(" ", -1));
	}

	/** What Maven put into the jar, which must be no placeholder. */
	private static String buildVersion() throws IOException {
		Properties properties = new Properties();
		try (var file = SandboxManagerTests.class.getResourceAsStream("/sandbox-manager.properties")) {
			properties.load(file);
		}
		return properties.getProperty("version");
	}

}
