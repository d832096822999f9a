package io.sandboxmanager.store;

import java.util.Optional;

import io.sandboxmanager.sandbox.Sandbox;

/**
 * What one gets who waits for a member of a pool.
 *
 * @param sandbox the member, if it was his turn and there was one
 * @param place his place in the queue, 1 for who is next; 0 when he has none, since he
 * got a sandbox or the queue is full
 * @param number what his place has for good: who came earlier has a smaller one
 * @param waiting how many are in the queue
 */
public record Turn(Optional<Sandbox> sandbox, int place, long number, int waiting) {

	/** Whether too many wait already. */
	public boolean isRefused() {
		return this.sandbox.isEmpty() && this.place == 0;
	}

}
