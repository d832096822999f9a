package io.sandboxmanager.sandbox;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where a sandbox stands in its life. The map in {@code docs/architecture.md} draws the
 * transitions.
 */
public enum SandboxState {

	/** Recorded, its container not yet ready. */
	PROVISIONING,

	/** Ready and unclaimed, a member of a warm pool. */
	WARM,

	/** Handed out. */
	RUNNING,

	/** Handed out, its container stopped by the owner and kept. */
	STOPPED,

	/**
	 * Removed because its session was idle or it came out of a pool dead; the next touch
	 * restores it.
	 */
	RECYCLED,

	/** Restored under another id. */
	REPLACED,

	/** Its provisioning failed or its container was lost. */
	FAILED,

	/** Given back; the removal of its container is under way. */
	RELEASING,

	/** Gone; the record is kept for a while to answer questions. */
	RELEASED;

	private static final Set<SandboxState> OCCUPYING = EnumSet.of(PROVISIONING, WARM, RUNNING, STOPPED);

	private static final Set<SandboxState> HANDED_OUT = EnumSet.of(RUNNING, STOPPED);

	private static final Set<SandboxState> CONTAINER_EXPECTED = EnumSet.of(WARM, RUNNING, STOPPED);

	private static final Set<SandboxState> COUNTING_ON_CONTAINER = EnumSet.of(PROVISIONING, WARM, RUNNING, STOPPED,
			RELEASING);

	private static final Set<SandboxState> IN_SESSION = EnumSet.of(RUNNING, STOPPED, RECYCLED);

	/** Whether it takes one of the slots that the instance limit counts. */
	public boolean isOccupying() {
		return OCCUPYING.contains(this);
	}

	/** Whether a caller has it. */
	public boolean isHandedOut() {
		return HANDED_OUT.contains(this);
	}

	/** Whether the engine must have a container for it. */
	public boolean isContainerExpected() {
		return CONTAINER_EXPECTED.contains(this);
	}

	/** Whether a container of it, if there is one, is no leftover. */
	public boolean countsOnContainer() {
		return COUNTING_ON_CONTAINER.contains(this);
	}

	/** Whether it counts as a sandbox of its session. */
	public boolean isInSession() {
		return IN_SESSION.contains(this);
	}

}
