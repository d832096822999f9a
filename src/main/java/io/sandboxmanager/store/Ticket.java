package io.sandboxmanager.store;

import java.time.Duration;

/**
 * What one who waits for a member of a pool shows each time he asks.
 *
 * @param id his own
 * @param capacity how many may wait for the type at the same time
 * @param presence how long he keeps his place without asking again
 */
public record Ticket(String id, int capacity, Duration presence) {
}
