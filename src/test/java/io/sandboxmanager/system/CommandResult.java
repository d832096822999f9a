package io.sandboxmanager.system;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A command that has ended.
 *
 * @param output all that it printed, on both streams
 */
record CommandResult(int exitCode, String output) {

	private static final Duration LIMIT = Duration.ofMinutes(2);

	static CommandResult of(String... command) {
		return of(LIMIT, command);
	}

	/**
	 * Runs a command to its end.
	 * @throws IllegalStateException when it takes longer than the limit
	 */
	static CommandResult of(Duration limit, String... command) {
		try {
			Path output = Files.createTempFile("command", ".out");
			try {
				Process process = new ProcessBuilder(command).redirectErrorStream(true)
					.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
					.redirectOutput(output.toFile())
					.start();
				return new CommandResult(await(process, limit, List.of(command)), read(output));
			}
			finally {
				Files.delete(output);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static int await(Process process, Duration limit, List<String> command) {
		try {
			if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
				return process.exitValue();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		process.destroyForcibly();
		throw new IllegalStateException(String.join(" ", command) + " did not end within " + limit);
	}

	private static String read(Path file) throws IOException {
		return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
	}

}
