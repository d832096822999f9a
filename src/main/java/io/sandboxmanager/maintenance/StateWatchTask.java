package io.sandboxmanager.maintenance;

import java.time.Duration;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.store.Incarnation;

/**
 * Notices that what keeps the state was restarted or replaced. Its last steps may be lost
 * then, or all of them: so records and containers are compared at once. The store itself
 * has given up the warm sandboxes, since one of them may be handed out already.
 */
public final class StateWatchTask implements MaintenanceTask {

	private static final Logger logger = LoggerFactory.getLogger(StateWatchTask.class);

	private static final Duration INTERVAL = Duration.ofSeconds(2);

	private final Supplier<Incarnation> state;

	private final Runnable compare;

	private @Nullable Incarnation last;

	/**
	 * Creates the task.
	 * @param compare compares records and containers soon
	 */
	public StateWatchTask(Supplier<Incarnation> state, Runnable compare) {
		this.state = state;
		this.compare = compare;
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
		if (before != null && !before.equals(now)) {
			logger.warn("What keeps the state was restarted or replaced, and its last steps may be lost: the warm "
					+ "sandboxes are replaced, and what runs without a record is recorded again");
			this.compare.run();
		}
		this.last = now;
	}

}
