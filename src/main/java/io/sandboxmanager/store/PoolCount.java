package io.sandboxmanager.store;

import java.util.Optional;

import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;

/**
 * How a pool is filled.
 *
 * @param warm members of the current template that nobody has used
 * @param starting on their way into the pool
 * @param stale members of another template
 * @param used members of the current template that came back, each for the owner who used
 * it
 * @param bounds how many there are to be, if that was set at run time
 * @param waiting callers in the queue
 */
public record PoolCount(int warm, int starting, int stale, int used, Optional<PoolBounds> bounds, int waiting) {

	/** A pool of which nothing was used, set or waited for. */
	public PoolCount(int warm, int starting, int stale) {
		this(warm, starting, stale, 0, Optional.empty(), 0);
	}

}
