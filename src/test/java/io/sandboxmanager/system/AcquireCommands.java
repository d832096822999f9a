package io.sandboxmanager.system;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Judges what Redis was sent for each of several acquires. A server also sends commands
 * by itself, a few each second, of which some come in the same moments. So what counts is
 * in how many of these moments a kind of command came: one that an acquire sends comes in
 * each of them, and whatever else comes must leave most of them alone.
 */
final class AcquireCommands {

	private AcquireCommands() {
	}

	/**
	 * Checks that each acquire is one command, the same script for all, and that nothing
	 * else came with most of them.
	 */
	static void assertOneEach(List<List<String>> acquires) {
		List<List<String>> names = acquires.stream()
			.map((commands) -> commands.stream().map(AcquireCommands::nameOf).toList())
			.toList();
		System.out.printf("%d acquires sent: %s%n", acquires.size(), names);
		Set<String> always = new HashSet<>(names.get(0));
		names.forEach(always::retainAll);
		assertThat(always).as("kinds of commands that came with every acquire").hasSize(1);
		String claim = always.iterator().next();
		assertThat(claim).startsWith("\"EVALSHA\"");
		List<String> others = new ArrayList<>();
		for (List<String> ofOne : names) {
			assertThat(ofOne).filteredOn(claim::equals).hasSize(1);
			ofOne.stream().filter((name) -> !name.equals(claim)).forEach(others::add);
		}
		assertThat(names.stream().filter((ofOne) -> ofOne.size() == 1).count())
			.as("acquires with which nothing else came, of %d; else came %s", names.size(), others)
			.isGreaterThan(names.size() / 2);
	}

	/** The command, and which script. */
	private static String nameOf(String command) {
		return command.lines().findFirst().orElse("").replaceFirst("^(\"EVALSHA\" \"\\w+\"|\"\\w+\").*", "$1");
	}

}
