package io.sandboxmanager.store.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import org.jspecify.annotations.Nullable;

/**
 * All records and what they are found by. Each index follows from the record alone: what
 * a new record no longer belongs to is left, what it belongs to anew is joined at the
 * end. Not safe for several threads.
 */
class SandboxIndex {

	private final NavigableMap<String, Sandbox> records = new TreeMap<>();

	private final Map<String, SandboxId> byRef = new HashMap<>();

	private final Map<String, Set<SandboxId>> warm = new LinkedHashMap<>();

	private final Map<String, Set<SandboxId>> starting = new HashMap<>();

	private final Map<String, Set<SandboxId>> sessions = new LinkedHashMap<>();

	private final TreeSet<Due> deadlines = new TreeSet<>(Comparator.comparing(Due::at).thenComparing(Due::id));

	private int occupied;

	Sandbox put(Sandbox sandbox) {
		reindex(this.records.put(sandbox.id().value(), sandbox), sandbox);
		return sandbox;
	}

	void remove(SandboxId id) {
		reindex(this.records.remove(id.value()), null);
	}

	@Nullable Sandbox find(SandboxId id) {
		return this.records.get(id.value());
	}

	Optional<Sandbox> findByRef(String ref) {
		return Optional.ofNullable(this.byRef.get(ref)).map(this::find);
	}

	int occupied() {
		return this.occupied;
	}

	List<Sandbox> warm(String type) {
		return resolve(this.warm.get(type));
	}

	List<Sandbox> oldestWarm(int count) {
		return this.warm.values()
			.stream()
			.flatMap((members) -> members.stream().limit(count))
			.map(this::get)
			.sorted(Comparator.comparing((member) -> member.timeline().updatedAt()))
			.limit(count)
			.toList();
	}

	int starting(String type) {
		Set<SandboxId> members = this.starting.get(type);
		return (members != null) ? members.size() : 0;
	}

	List<Sandbox> bySession(String session) {
		return resolve(this.sessions.get(session));
	}

	List<String> sessions() {
		return List.copyOf(this.sessions.keySet());
	}

	List<Sandbox> due(Instant now, int max) {
		List<Sandbox> due = new ArrayList<>();
		for (Due next : this.deadlines) {
			if (next.at().isAfter(now) || due.size() == max) {
				break;
			}
			due.add(get(new SandboxId(next.id())));
		}
		return due;
	}

	List<Sandbox> page(Optional<SandboxId> after, int size) {
		return after.map((id) -> this.records.tailMap(id.value(), false))
			.orElse(this.records)
			.values()
			.stream()
			.limit(size)
			.toList();
	}

	private void reindex(@Nullable Sandbox old, @Nullable Sandbox now) {
		Sandbox known = (now != null) ? now : old;
		if (known == null) {
			return;
		}
		move(this.warm, warmKey(old), warmKey(now), known.id());
		move(this.starting, startingKey(old), startingKey(now), known.id());
		move(this.sessions, (old != null) ? old.session() : null, (now != null) ? now.session() : null, known.id());
		this.occupied += slots(now) - slots(old);
		reindexRef(ref(old), ref(now), known.id());
		reindexDeadline(deadline(old), deadline(now), known.id());
	}

	private void reindexRef(@Nullable String old, @Nullable String now, SandboxId id) {
		if (old != null && !old.equals(now)) {
			this.byRef.remove(old);
		}
		if (now != null) {
			this.byRef.put(now, id);
		}
	}

	private void reindexDeadline(@Nullable Instant old, @Nullable Instant now, SandboxId id) {
		if (old != null) {
			this.deadlines.remove(new Due(old, id.value()));
		}
		if (now != null) {
			this.deadlines.add(new Due(now, id.value()));
		}
	}

	private static void move(Map<String, Set<SandboxId>> groups, @Nullable String from, @Nullable String to,
			SandboxId id) {
		if (Objects.equals(from, to)) {
			return;
		}
		if (from != null) {
			groups.computeIfPresent(from, (key, members) -> {
				members.remove(id);
				return members.isEmpty() ? null : members;
			});
		}
		if (to != null) {
			groups.computeIfAbsent(to, (key) -> new LinkedHashSet<>()).add(id);
		}
	}

	private List<Sandbox> resolve(@Nullable Set<SandboxId> ids) {
		return (ids != null) ? ids.stream().map(this::get).toList() : List.of();
	}

	private Sandbox get(SandboxId id) {
		return Objects.requireNonNull(find(id), "an index names a record that is gone");
	}

	private static int slots(@Nullable Sandbox sandbox) {
		return (sandbox != null && sandbox.state().isOccupying()) ? 1 : 0;
	}

	private static @Nullable String warmKey(@Nullable Sandbox sandbox) {
		return (sandbox != null && sandbox.state() == SandboxState.WARM) ? sandbox.kind().type() : null;
	}

	private static @Nullable String startingKey(@Nullable Sandbox sandbox) {
		return (sandbox != null && sandbox.state() == SandboxState.PROVISIONING && sandbox.isPoolMember())
				? sandbox.kind().type() : null;
	}

	private static @Nullable String ref(@Nullable Sandbox sandbox) {
		return (sandbox != null) ? sandbox.containerRef() : null;
	}

	private static @Nullable Instant deadline(@Nullable Sandbox sandbox) {
		return (sandbox != null) ? sandbox.timeline().deadline() : null;
	}

	private record Due(Instant at, String id) {
	}

}
