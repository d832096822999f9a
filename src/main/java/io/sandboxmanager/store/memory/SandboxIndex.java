package io.sandboxmanager.store.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.store.ContainerPage;

/**
 * All records and what they are found by. Each index follows from the record alone: what
 * a new record no longer belongs to is left, what it belongs to anew is joined at the
 * end. Not safe for several threads.
 */
class SandboxIndex {

	private static final String ANY = "";

	private final NavigableMap<String, Sandbox> records = new TreeMap<>();

	private final Map<String, SandboxId> byRef = new HashMap<>();

	/** By type, and all of them under {@link #ANY}. */
	private final Groups warm = new Groups();

	private final Groups starting = new Groups();

	/** What takes a slot by type, and all of it under {@link #ANY}. */
	private final Groups occupied = new Groups();

	private final Groups sessions = new Groups();

	private final TreeSet<Due> deadlines = new TreeSet<>(Comparator.comparing(Due::at).thenComparing(Due::id));

	private boolean poolsChanged;

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

	/** Whether a pool changed or a slot became free since the last time. */
	boolean takePoolChange() {
		boolean changed = this.poolsChanged;
		this.poolsChanged = false;
		return changed;
	}

	/** How many take a slot. */
	int occupied() {
		return this.occupied.of(ANY).size();
	}

	int occupied(String type) {
		return this.occupied.of(type).size();
	}

	List<Sandbox> warm(String type) {
		return resolve(this.warm.of(type));
	}

	/** The warm ones of all types, the oldest first. */
	List<Sandbox> warm() {
		return resolve(this.warm.of(ANY));
	}

	int starting(String type) {
		return this.starting.of(type).size();
	}

	List<Sandbox> bySession(String session) {
		return resolve(this.sessions.of(session));
	}

	List<String> sessions() {
		return this.sessions.names();
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

	/** Those that so many records count on, from the one after {@code begin}. */
	ContainerPage containers(String engineId, Optional<String> begin, int size) {
		List<Sandbox> page = page(begin.map(SandboxId::new), size);
		Map<String, SandboxId> containers = new HashMap<>();
		for (Sandbox sandbox : page) {
			Placement placement = sandbox.placement();
			if (placement != null && placement.engineId().equals(engineId) && sandbox.state().countsOnContainer()) {
				containers.put(placement.ref(), sandbox.id());
			}
		}
		return new ContainerPage(containers,
				(page.size() < size) ? Optional.empty() : Optional.of(page.get(size - 1).id().value()));
	}

	private void reindex(@Nullable Sandbox old, @Nullable Sandbox now) {
		Sandbox known = (now != null) ? now : old;
		if (known == null) {
			return;
		}
		this.warm.move(warmKey(old), warmKey(now), known.id());
		this.warm.move(any(warmKey(old)), any(warmKey(now)), known.id());
		this.starting.move(startingKey(old), startingKey(now), known.id());
		this.sessions.move((old != null) ? old.session() : null, (now != null) ? now.session() : null, known.id());
		this.occupied.move(slotKey(old), slotKey(now), known.id());
		this.occupied.move(any(slotKey(old)), any(slotKey(now)), known.id());
		this.poolsChanged |= (slotKey(old) != null && slotKey(now) == null)
				|| !Objects.equals(warmKey(old), warmKey(now));
		reindexRef(ref(old), ref(now), known.id());
		reindexDeadline(deadline(old), deadline(now), known.id());
	}

	private void reindexRef(@Nullable String old, @Nullable String now, SandboxId id) {
		if (old != null && !old.equals(now)) {
			this.byRef.remove(old, id);
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

	private List<Sandbox> resolve(Set<SandboxId> ids) {
		return ids.stream().map(this::get).toList();
	}

	private Sandbox get(SandboxId id) {
		return Objects.requireNonNull(find(id), "an index names a record that is gone");
	}

	private static @Nullable String slotKey(@Nullable Sandbox sandbox) {
		return (sandbox != null && sandbox.state().isOccupying()) ? sandbox.kind().type() : null;
	}

	private static @Nullable String warmKey(@Nullable Sandbox sandbox) {
		return (sandbox != null && sandbox.state() == SandboxState.WARM) ? sandbox.kind().type() : null;
	}

	private static @Nullable String any(@Nullable String key) {
		return (key != null) ? ANY : null;
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
