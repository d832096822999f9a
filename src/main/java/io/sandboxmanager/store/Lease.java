package io.sandboxmanager.store;

import java.time.Instant;

/**
 * A right that one server has at a time.
 *
 * @param token rises with each new holder, so that work of a former one can be told
 */
public record Lease(String name, String holder, long token, Instant until) {
}
