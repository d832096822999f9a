package io.sandboxmanager.store;

import java.time.Duration;

/**
 * One who waits for a member of a pool.
 *
 * @param id by which he is known each time he asks
 * @param capacity how many may wait for the type at the same time
 * @param presence how long he keeps his place without asking again
 */
public record Waiter(String id, int capacity, Duration presence) {

	/** Stands for who does not wait. */
	public static final Waiter NOBODY = new Waiter("", 0, Duration.ZERO);

}
