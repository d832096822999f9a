package io.sandboxmanager.store.memory;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * Sandboxes by what they have in common, those of one group in the order in which they
 * joined it. Not safe for several threads.
 */
class Groups {

	private final Map<String, Set<SandboxId>> groups = new LinkedHashMap<>();

	/** Moves a sandbox, which keeps its place in a group that it does not leave. */
	void move(@Nullable String from, @Nullable String to, SandboxId id) {
		if (Objects.equals(from, to)) {
			return;
		}
		if (from != null) {
			this.groups.computeIfPresent(from, (name, members) -> {
				members.remove(id);
				return members.isEmpty() ? null : members;
			});
		}
		if (to != null) {
			this.groups.computeIfAbsent(to, (name) -> new LinkedHashSet<>()).add(id);
		}
	}

	/** The members of a group, which may not exist. */
	Set<SandboxId> of(String name) {
		return this.groups.getOrDefault(name, Set.of());
	}

	/** The groups that have members. */
	List<String> names() {
		return List.copyOf(this.groups.keySet());
	}

}
