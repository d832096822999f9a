package io.sandboxmanager.backend;

/** Hears of containers that end. Called on a thread of the backend: return at once. */
public interface ContainerListener {

	/** The container ended, by itself or from outside. */
	void onExit(ContainerExit exit);

	/** Events may have been lost; whoever relies on them compares now. */
	void onReconnect();

	/**
	 * @param ref the engine's own name for the container
	 * @param exitCode of its first process, {@code -1} when the engine does not say
	 * @param outOfMemory whether the memory limit ended it
	 */
	record ContainerExit(String ref, int exitCode, boolean outOfMemory) {
	}

}
