package io.sandboxmanager.maintenance;

import java.time.Duration;
import java.util.function.Supplier;

import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.store.Incarnation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that what keeps the state was restarted or replaced. Its last steps may be lost
 * then: a sandbox that counts as warm may be handed out already. So none of those that do
 * is handed out any more; others take their place.
 */
public final class StateWatchTask implements MaintenanceTask {

	private static final Logger logger = LoggerFactory.getLogger(StateWatchTask.class);

	private static final Duration INTERVAL = Duration.ofSeconds(2);

	private final Supplier<Incarnation> state;

	private final WarmPools pools;

	private @Nullable Incarnation last;

	public StateWatchTask(Supplier<Incarnation> state, WarmPools pools) {
		this.state = state;
		this.pools = pools;
	}

	@Override
	public String name() {
		return "state-watch";
	}

	@Override
	public Duration interval() {
		return INTERVAL;
	}

	@Override
	public void run() {
		Incarnation now = this.state.get();
		Incarnation before = this.last;
		if (before != null && !before.name().equals(now.name())) {
			logger.warn("What keeps the state was restarted or replaced, and its last steps may be lost: "
					+ "the warm sandboxes are replaced");
			this.pools.replaceAll("it may have been handed out");
		}
		this.last = now;
	}

}
