package io.sandboxmanager.pool;

import java.util.concurrent.atomic.LongAdder;

/** How the claims on one pool have ended on this server since its start. */
class ClaimTally {

	private final LongAdder hits = new LongAdder();

	private final LongAdder misses = new LongAdder();

	void count(boolean hit) {
		(hit ? this.hits : this.misses).increment();
	}

	long hits() {
		return this.hits.sum();
	}

	long misses() {
		return this.misses.sum();
	}

}
