package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The {@code docker} command, a second opinion on what our client has done. */
final class DockerCli {

	private DockerCli() {
	}

	/** Runs a command that must succeed, and gives what it printed. */
	static String run(String... arguments) {
		return run(Map.of(), "", arguments);
	}

	static String run(Map<String, String> environment, String... arguments) {
		return run(environment, "", arguments);
	}

	/** Runs a command that reads its standard input. */
	static String input(String input, String... arguments) {
		return run(Map.of(), input, arguments);
	}

	private static String run(Map<String, String> environment, String input, String... arguments) {
		List<String> command = new ArrayList<>(List.of("docker"));
		command.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		builder.environment().putAll(environment);
		builder.environment().putIfAbsent("DOCKER_BUILDKIT", "0");
		try {
			Process process = builder.start();
			try (OutputStream stdin = process.getOutputStream()) {
				stdin.write(input.getBytes(StandardCharsets.UTF_8));
			}
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
			if (process.waitFor() != 0) {
				throw new IllegalStateException(String.join(" ", command) + " failed: " + output);
			}
			return output;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
