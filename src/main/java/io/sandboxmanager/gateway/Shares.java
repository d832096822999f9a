package io.sandboxmanager.gateway;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts what each sandbox takes of something, so that none takes all of it. */
final class Shares {

	private final int most;

	private final Map<String, Integer> taken = new ConcurrentHashMap<>();

	/** Makes shares of so many each. */
	Shares(int most) {
		this.most = most;
	}

	/** Takes one, if the sandbox may have one more. */
	boolean take(ForwardTarget target) {
		boolean[] granted = { false };
		this.taken.compute(target.name(), (name, count) -> {
			int before = (count != null) ? count : 0;
			granted[0] = before < this.most;
			return granted[0] ? Integer.valueOf(before + 1) : count;
		});
		return granted[0];
	}

	/** Gives one back. */
	void giveBack(ForwardTarget target) {
		this.taken.computeIfPresent(target.name(), (name, count) -> (count > 1) ? count - 1 : null);
	}

}
