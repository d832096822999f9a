package io.sandboxmanager.store;

import java.time.Instant;

/**
 * A right that one server has at a time.
 *
 * @param token rises with each new holder, so that the store can tell and refuse the work
 * of a former one that does not know it yet
 */
public record Lease(String name, String holder, long token, Instant until) {
}
