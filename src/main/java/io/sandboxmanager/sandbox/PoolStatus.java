package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/**
 * How one warm pool stands.
 *
 * @param min members kept ready
 * @param max members never exceeded
 * @param warm members that nobody has used
 * @param used members that came back, each for the owner who used it
 * @param starting members on their way
 * @param stale members of another template or image
 * @param waiting callers in the queue
 * @param hits callers who found a member at once, on this server since its start
 * @param misses callers who did not
 * @param lastFailure why the last attempt to make a member failed on this server, or
 * {@code null} when it did not
 */
public record PoolStatus(String type, int min, int max, int warm, int used, int starting, int stale, int waiting,
		long hits, long misses, @Nullable String lastFailure) {
}
