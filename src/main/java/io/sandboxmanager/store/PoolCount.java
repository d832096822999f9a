package io.sandboxmanager.store;

/**
 * How a pool is filled.
 *
 * @param warm members of the current template
 * @param starting on their way into the pool
 * @param stale members of another template
 */
public record PoolCount(int warm, int starting, int stale) {
}
