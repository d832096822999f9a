package io.sandboxmanager.provisioning;

import java.time.Clock;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;

/**
 * The slots that the instance limits allow. The record of a sandbox takes its slot when
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
	 * @param limit how many there are over all types, zero for any number
	 */
	public Slots(SandboxStore store, Remover remover, int limit, Clock clock) {
		this.store = store;
		this.remover = remover;
		this.limit = limit;
		this.clock = clock;
	}

	/**
	 * Inserts the record of a new sandbox.
	 * @param ofType how many slots its type may take, zero for any number
	 * @throws SandboxLimitExceededException when there is no such room
	 */
	void take(Sandbox begun, int ofType, Room room) {
		take(begun, Admission.within(limits(ofType)), room);
	}

	/**
	 * Inserts the record of a new sandbox that only one server at a time may make.
	 * @param right the lease for it
	 * @param ofType how many slots its type may take, zero for any number
	 * @throws SandboxLimitExceededException when there is no such room
	 * @throws LeaseLostException when somebody else makes it by now
	 */
	void takeUnder(Lease right, Sandbox begun, int ofType, Room room) {
		take(begun, Admission.within(limits(ofType)).under(right), room);
	}

	private void take(Sandbox begun, Admission admission, Room room) {
		removeAll(this.store.insert(begun, switch (room) {
			case FREE -> admission;
			case FREE_OR_WARM -> admission.evicting(this.clock.instant(), this.remover.retryAt());
		}));
	}

	/**
	 * Gives the container of a released sandbox to another, which goes into the pool and
	 * takes a slot.
	 * @param ofType how many slots its type may take, zero for any number
	 * @param most how many members the pool may have
	 * @return whether there was room
	 */
	public boolean putBack(Sandbox released, Sandbox member, int ofType, int most) {
		return this.store.putBack(released, member, limits(ofType), most);
	}

	private SlotLimits limits(int ofType) {
		return new SlotLimits(this.limit, ofType);
	}

	private void removeAll(List<Sandbox> madeRoom) {
		for (Sandbox evicted : madeRoom) {
			logger.info("Warm sandbox {} of type {} makes room for a caller", evicted.id(), evicted.kind().type());
			this.remover.finish(evicted);
		}
	}

}
