package io.sandboxmanager.sandbox;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What all sandboxes of one type have in common.
 *
 * @param type the type's name on the wire
 * @param image the full image reference
 * @param environment variables for the container
 * @param resources limits of one sandbox
 * @param port the port inside the container on which the agent answers
 * @param timeout limit of one request to the sandbox
 * @param profile how tightly it is confined
 * @param pool bounds of its warm pool
 * @param maxInstances how many sandboxes of it there may be, the warm ones included, zero
 * for any number
 * @param maxUses how often one sandbox is handed out, always to the same owner, before it
 * is destroyed
 * @param idle how long a session may leave it unused, if that is not the usual time
 * @param health the path by which its agent tells that it is ready, if not the usual one
 * @param exposure what of its inside may be reached through the server
 * @param hash fingerprint of all of the above that shapes the container; members of a
 * pool with another one are stale
 */
public record SandboxTemplate(String type, String image, Map<String, String> environment, Resources resources, int port,
		Duration timeout, IsolationProfile profile, PoolBounds pool, int maxInstances, int maxUses,
		Optional<Duration> idle, Optional<String> health, Exposure exposure, String hash) {

	public SandboxTemplate {
		environment = Map.copyOf(environment);
	}

	/**
	 * How many warm members a pool holds.
	 *
	 * @param min kept ready
	 * @param max never exceeded, those on their way included
	 */
	public record PoolBounds(int min, int max) {

		public PoolBounds {
			if (min < 0 || max < min) {
				throw new IllegalArgumentException("pool bounds need 0 <= min <= max, got " + min + " and " + max);
			}
		}

	}

}
