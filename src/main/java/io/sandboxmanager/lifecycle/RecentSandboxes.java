package io.sandboxmanager.lifecycle;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Sandbox;

/**
 * The sandboxes that this server has reached lately, so that they can be reached while
 * the shared state is away. One counts as recent for a while before the state was last
 * there: nobody can have released it since without the state.
 */
class RecentSandboxes {

	private static final int MAX = 10_000;

	private static final Duration RECENT = Duration.ofMinutes(10);

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, Reached> reached = new LinkedHashMap<>(16, 0.75f, true) {

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Reached> eldest) {
			return size() > MAX;
		}

	};

	private Instant stateSeenAt = Instant.MIN;

	/** Notes what an identity stands for, as the state says now. */
	void note(String identity, Sandbox sandbox, Instant now) {
		locked(() -> {
			this.stateSeenAt = now;
			return this.reached.put(identity, new Reached(sandbox, now));
		});
	}

	/** Notes that an identity stands for nothing that can be reached. */
	void forget(String identity) {
		locked(() -> this.reached.remove(identity));
	}

	/** What an identity stood for when the state was last there. */
	Optional<Sandbox> find(String identity) {
		return Optional.ofNullable(locked(() -> this.reached.get(identity)))
			.filter((known) -> !known.at().isBefore(this.stateSeenAt.minus(RECENT)))
			.map(Reached::sandbox);
	}

	private @Nullable Reached locked(Supplier<@Nullable Reached> action) {
		this.lock.lock();
		try {
			return action.get();
		}
		finally {
			this.lock.unlock();
		}
	}

	private record Reached(Sandbox sandbox, Instant at) {
	}

}
