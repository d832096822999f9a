package io.sandboxmanager.provisioning;

import java.time.Clock;
import java.time.Instant;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.SandboxStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The slots that the instance limit allows. The record of a sandbox takes its slot when
 * it is inserted.
 */
public final class Slots {

	private static final Logger logger = LoggerFactory.getLogger(Slots.class);

	private final SandboxStore store;

	private final Remover remover;

	private final int limit;

	private final Clock clock;

	/**
	 * Creates the slots.
	 * @param limit how many there are, zero for any number
	 */
	public Slots(SandboxStore store, Remover remover, int limit, Clock clock) {
		this.store = store;
		this.remover = remover;
		this.limit = limit;
		this.clock = clock;
	}

	/**
	 * Inserts the record of a new sandbox.
	 * @throws SandboxLimitExceededException when there is no such room
	 */
	void take(Sandbox begun, Room room) {
		switch (room) {
			case FREE -> this.store.insert(begun, this.limit);
			case FREE_OR_WARM -> takeEvicting(begun);
		}
	}

	/**
	 * Inserts the record of a new member of a pool, in a free slot.
	 * @param fill the right to fill the pool
	 * @throws SandboxLimitExceededException when there is none
	 * @throws LeaseLostException when somebody else fills the pool by now
	 */
	void takeUnder(Lease fill, Sandbox begun) {
		this.store.insertUnder(fill, begun, this.limit);
	}

	private void takeEvicting(Sandbox begun) {
		Instant now = this.clock.instant();
		for (Sandbox evicted : this.store.insertEvicting(begun, this.limit, now, this.remover.retryAt())) {
			logger.info("Warm sandbox {} of type {} makes room for a caller", evicted.id(), evicted.kind().type());
			this.remover.finish(evicted);
		}
	}

}
