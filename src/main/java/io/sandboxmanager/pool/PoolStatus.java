package io.sandboxmanager.pool;

import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.store.PoolCount;
import org.jspecify.annotations.Nullable;

/**
 * How one pool stands.
 *
 * @param bounds how many members it is to have
 * @param lastFailure why the last attempt to fill it failed, or {@code null} when it did
 * not
 */
public record PoolStatus(String type, PoolBounds bounds, PoolCount count, @Nullable String lastFailure) {
}
