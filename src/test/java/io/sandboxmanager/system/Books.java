package io.sandboxmanager.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.store.SandboxStore;

/**
 * The engine's containers, the records and what callers were told, at one moment at which
 * nothing is under way: each must say the same about every sandbox.
 *
 * @param containers the names of all containers of this installation: of the sandboxes
 * that they are, since one that is used again keeps its container's first name; else
 * their own
 */
record Books(Set<String> containers, List<Sandbox> records, Answers answers) {

	/** Looks at all of them. */
	static Books read(SandboxStore store, Answers answers) {
		Map<String, String> containers = Docker.containersOfManager(store.managerId());
		List<Sandbox> records = records(store);
		for (Sandbox record : records) {
			if (record.placement() != null) {
				containers.replace(record.placement().ref(), record.name());
			}
		}
		return new Books(new TreeSet<>(containers.values()), records, answers);
	}

	private static List<Sandbox> records(SandboxStore store) {
		List<Sandbox> all = new ArrayList<>();
		store.visit(all::add);
		return all;
	}

	/**
	 * What does not agree, one line for each sandbox; nothing when all is well.
	 * @param poolSize how many must be warm
	 */
	List<String> mistakes(int poolSize) {
		Set<String> held = this.answers.held();
		Set<String> running = named((record) -> record.state().isHandedOut());
		Set<String> warm = named((record) -> record.state() == SandboxState.WARM);
		Set<String> counted = named((record) -> record.state().isContainerExpected());
		Set<String> passing = named((record) -> record.state() == SandboxState.PROVISIONING
				|| record.state() == SandboxState.RELEASING || record.state() == SandboxState.FAILED);
		return Stream
			.of(each("was handed out to two callers", this.answers.twice()),
					each("was handed out and has no container", without(held, this.containers)),
					each("was handed out and is not recorded so", without(held, running)),
					each("was released and has a container", both(this.answers.released(), this.containers)),
					each("has a container that no record counts on", without(this.containers, counted)),
					each("has a record and no container", without(counted, this.containers)),
					each("is recorded as handed out and nobody has it", without(running, held)),
					each("is neither here nor gone", passing),
					(warm.size() != poolSize) ? Stream.of(warm.size() + " are warm: " + warm) : Stream.<String>empty())
			.flatMap((lines) -> lines)
			.toList();
	}

	private Set<String> named(Predicate<Sandbox> which) {
		return this.records.stream().filter(which).map(Sandbox::name).collect(Collectors.toCollection(TreeSet::new));
	}

	private Stream<String> each(String what, Set<String> names) {
		return names.stream().map((name) -> name + " " + what + ": " + recordOf(name));
	}

	private String recordOf(String name) {
		return this.records.stream()
			.filter((record) -> record.name().equals(name))
			.map((record) -> record.state() + " of " + record.owner().name() + ", version " + record.version() + ", "
					+ record.timeline())
			.findFirst()
			.orElse("no record");
	}

	private static Set<String> both(Set<String> some, Set<String> others) {
		Set<String> both = new TreeSet<>(some);
		both.retainAll(others);
		return both;
	}

	private static Set<String> without(Set<String> some, Set<String> others) {
		Set<String> rest = new TreeSet<>(some);
		rest.removeAll(others);
		return rest;
	}

}
