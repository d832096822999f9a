package io.sandboxmanager.pool;

import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.store.PoolCount;
import org.jspecify.annotations.Nullable;

/**
 * How one pool stands.
 *
 * @param bounds how many members it is to have
 * @param hits claims that found a member, on this server since its start
 * @param misses claims that found none
 * @param lastFailure why the last attempt to fill it failed, or {@code null} when it did
 * not
 */
public record PoolStatus(String type, PoolBounds bounds, PoolCount count, long hits, long misses,
		@Nullable String lastFailure) {
}
