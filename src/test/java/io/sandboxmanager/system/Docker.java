package io.sandboxmanager.system;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the {@code docker} command says and does, apart from all that the server says. */
final class Docker {

	static final String BASE_IMAGE = "agentscope/runtime-sandbox-base:latest";

	static final String STUB_IMAGE = "conf/runtime-sandbox-base:latest";

	private static final String REMOVING = "is already in progress";

	private static final String MANAGER_LABEL = "io.sandboxmanager.manager";

	private Docker() {
	}

	/** The names of all containers, running or not, that begin with a prefix. */
	static List<String> containers(String prefix) {
		return run("ps", "-a", "--filter", "name=^/?" + prefix, "--format", "{{.Names}}").lines().sorted().toList();
	}

	/**
	 * All containers, running or not, that a server has labelled as its: what the engine
	 * calls them, and their names.
	 */
	static Map<String, String> containersOfManager(String managerId) {
		Map<String, String> names = new HashMap<>();
		run("ps", "-a", "--no-trunc", "--filter", "label=" + MANAGER_LABEL + "=" + managerId, "--format",
				"{{.ID}} {{.Names}}")
			.lines()
			.map((line) -> line.split(" ", 2))
			.forEach((found) -> names.put(found[0], found[1]));
		return names;
	}

	/** Removes containers, if a server that is just ending does not. */
	static void remove(List<String> containers) {
		if (!containers.isEmpty()) {
			List<String> command = new ArrayList<>(List.of("docker", "rm", "-f", "-v"));
			command.addAll(containers);
			CommandResult result = CommandResult.of(command.toArray(String[]::new));
			boolean underWay = result.output()
				.lines()
				.allMatch((line) -> !line.contains("Error") || line.contains(REMOVING));
			if (result.exitCode() != 0 && !underWay) {
				throw new IllegalStateException(String.join(" ", command) + " failed: " + result.output().strip());
			}
		}
	}

	/** Runs a command in a container and gives what it printed. */
	static String exec(String container, String shellCommand) {
		return run("exec", container, "sh", "-c", shellCommand);
	}

	static void requireImages() {
		requireImage(BASE_IMAGE, "base");
		requireImage(STUB_IMAGE, "--stub");
	}

	/** Says what to build when an image is not there. */
	static void requireImage(String image, String build) {
		CommandResult found = CommandResult.of("docker", "image", "inspect", "--format", "{{.Id}}", image);
		if (found.exitCode() != 0) {
			throw new AssertionError("the image " + image + " is needed, run bin/build-images " + build + " ("
					+ found.output().strip() + ")");
		}
	}

	private static String run(String... arguments) {
		List<String> command = new ArrayList<>(List.of("docker"));
		command.addAll(List.of(arguments));
		CommandResult result = CommandResult.of(command.toArray(String[]::new));
		if (result.exitCode() != 0) {
			throw new IllegalStateException(String.join(" ", command) + " failed: " + result.output().strip());
		}
		return result.output();
	}

}
