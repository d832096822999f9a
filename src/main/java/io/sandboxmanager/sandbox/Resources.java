package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/**
 * What a sandbox may use of its host.
 *
 * @param memoryBytes memory limit in bytes; swap is never added to it
 * @param cpus processor cores, fractions allowed
 * @param pids processes and threads
 * @param shmBytes size of {@code /dev/shm} in bytes, or {@code null} for the engine's
 * default
 * @param gpus number of GPUs, {@code -1} for all of them, {@code 0} for none
 * @param network whether it asked for the host's network, where a backend gives none by
 * itself
 */
public record Resources(long memoryBytes, double cpus, long pids, @Nullable Long shmBytes, int gpus, boolean network) {

	private static final long GIB = 1L << 30;

	/** Without the host's network, if the backend can do without it. */
	public Resources(long memoryBytes, double cpus, long pids, @Nullable Long shmBytes, int gpus) {
		this(memoryBytes, cpus, pids, shmBytes, gpus, false);
	}

	/** What a type gets that says nothing of it. */
	public static final Resources DEFAULT = new Resources(2 * GIB, 2, 512, null, 0);

}
