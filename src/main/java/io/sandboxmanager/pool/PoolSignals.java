package io.sandboxmanager.pool;

/** Topics of the store's signals that pools send and hear. */
public final class PoolSignals {

	/** A pool lost or won a member, or a slot became free. */
	public static final String CHANGED = "pool-changed";

	private PoolSignals() {
	}

}
