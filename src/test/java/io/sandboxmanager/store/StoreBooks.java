package io.sandboxmanager.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;

/**
 * Whether a store finds by each of its questions exactly what its records say. For a
 * moment at which nothing changes.
 */
final class StoreBooks {

	private static final int ALL = 100_000;

	private static final Instant AFTER_ALL = Instant.parse("2200-01-01T00:00:00Z");

	private final SandboxStore store;

	private final List<Sandbox> records;

	private final List<String> mistakes = new ArrayList<>();

	private StoreBooks(SandboxStore store) {
		this.store = store;
		this.records = store.page(Optional.empty(), ALL);
	}

	/** What does not agree, a line for each question; nothing when all is well. */
	static List<String> mistakes(SandboxStore store, Collection<String> types, String hash) {
		StoreBooks books = new StoreBooks(store);
		types.forEach((type) -> books.comparePool(type, hash));
		books.compareSessions();
		books.compareContainers();
		books.compareDeadlines();
		return books.mistakes;
	}

	private void comparePool(String type, String hash) {
		Predicate<Sandbox> warm = (record) -> isOf(type, record) && record.state() == SandboxState.WARM;
		Predicate<Sandbox> starting = (record) -> isOf(type, record) && record.isPoolMember()
				&& record.state() == SandboxState.PROVISIONING;
		compare("warm ones of " + type, ids(recorded(warm)), ids(this.store.warm(type)));
		PoolCount count = this.store.poolCount(type, hash);
		compare("counted as warm of " + type, recorded(warm.and((one) -> one.reuse() == null)).size(), count.warm());
		compare("counted as used of " + type, recorded(warm.and((one) -> one.reuse() != null)).size(), count.used());
		compare("counted as starting of " + type, recorded(starting).size(), count.starting());
	}

	private void compareSessions() {
		Map<String, Set<SandboxId>> expected = new HashMap<>();
		for (Sandbox record : this.records) {
			String session = record.session();
			if (session != null) {
				expected.computeIfAbsent(session, (any) -> new TreeSet<>(Comparator.comparing(SandboxId::value)))
					.add(record.id());
			}
		}
		compare("sessions", new TreeSet<>(expected.keySet()), new TreeSet<>(this.store.sessions()));
		expected
			.forEach((session, ids) -> compare("those of session " + session, ids, ids(this.store.bySession(session))));
	}

	private void compareContainers() {
		Map<String, Map<String, SandboxId>> expected = new HashMap<>();
		for (Sandbox record : this.records) {
			Placement placement = record.placement();
			if (placement != null) {
				Map<String, SandboxId> ofEngine = expected.computeIfAbsent(placement.engineId(),
						(any) -> new HashMap<>());
				if (record.state().countsOnContainer()) {
					ofEngine.put(placement.ref(), record.id());
				}
			}
			String ref = record.containerRef();
			if (ref != null) {
				compare("found as " + ref, Optional.of(record.id()), this.store.findByRef(ref).map(Sandbox::id));
			}
		}
		expected.forEach((engine, ids) -> compare("containers of " + engine, ids, this.store.containers(engine)));
	}

	private void compareDeadlines() {
		compare("those with a deadline", ids(recorded((record) -> record.timeline().deadline() != null)),
				ids(this.store.due(AFTER_ALL, ALL)));
	}

	private void compare(String what, Object expected, Object found) {
		if (!expected.equals(found)) {
			this.mistakes.add(what + " should be " + expected + " and are " + found);
		}
	}

	private static boolean isOf(String type, Sandbox record) {
		return record.kind().type().equals(type);
	}

	private List<Sandbox> recorded(Predicate<Sandbox> which) {
		return this.records.stream().filter(which).toList();
	}

	private static Set<SandboxId> ids(List<Sandbox> records) {
		return records.stream()
			.map(Sandbox::id)
			.collect(Collectors.toCollection(() -> new TreeSet<>(Comparator.comparing(SandboxId::value))));
	}

}
