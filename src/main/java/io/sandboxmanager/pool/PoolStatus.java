package io.sandboxmanager.pool;

import io.sandboxmanager.store.PoolCount;
import org.jspecify.annotations.Nullable;

/**
 * How one pool stands.
 *
 * @param lastFailure why the last attempt to fill it failed, or {@code null} when it did
 * not
 */
public record PoolStatus(String type, PoolCount count, @Nullable String lastFailure) {
}
