package io.sandboxmanager.system;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What callers were told, and so may rely on: which sandboxes they have, which they have
 * given back, and how often they were not told.
 */
final class Answers {

	private final Set<String> handedOut = new LinkedHashSet<>();

	private final Set<String> twice = new LinkedHashSet<>();

	private final Set<String> held = new LinkedHashSet<>();

	private final Set<String> released = new LinkedHashSet<>();

	private final List<String> complaints = new ArrayList<>();

	private int lostAcquires;

	private int lostReleases;

	/** A caller got this sandbox. */
	synchronized void noteAcquired(String sandbox) {
		if (!this.handedOut.add(sandbox)) {
			this.twice.add(sandbox);
		}
		this.held.add(sandbox);
	}

	/** A caller was told that this one is released. */
	synchronized void noteReleased(String sandbox) {
		this.released.add(sandbox);
	}

	/** The server died before it could say what it had handed out, if anything. */
	synchronized void noteLostAcquire() {
		this.lostAcquires++;
	}

	/** The server died before it could say that it had taken back. */
	synchronized void noteLostRelease() {
		this.lostReleases++;
	}

	/** A caller was refused what it had a right to. */
	synchronized void complain(String what) {
		this.complaints.add(what);
	}

	/**
	 * Picks the sandbox to give back: the one that callers have for the longest, if they
	 * have more than some. Nobody has it any more, whatever comes of its release.
	 */
	synchronized Optional<String> giveUpOldestBeyond(int count) {
		Optional<String> oldest = this.held.stream().findFirst().filter((any) -> this.held.size() > count);
		oldest.ifPresent(this.held::remove);
		return oldest;
	}

	synchronized boolean isHeld(String sandbox) {
		return this.held.contains(sandbox);
	}

	/** Those that callers have. */
	synchronized Set<String> held() {
		return new LinkedHashSet<>(this.held);
	}

	/** Those of which callers know that they are gone. */
	synchronized Set<String> released() {
		return new LinkedHashSet<>(this.released);
	}

	/** Those that several callers got. */
	synchronized Set<String> twice() {
		return new LinkedHashSet<>(this.twice);
	}

	synchronized List<String> complaints() {
		return new ArrayList<>(this.complaints);
	}

	synchronized int acquired() {
		return this.handedOut.size();
	}

	synchronized int lost() {
		return this.lostAcquires + this.lostReleases;
	}

	@Override
	public synchronized String toString() {
		return "%d acquired, %d released, %d kept; %d acquires and %d releases whose answer was lost; %d complaints"
			.formatted(this.handedOut.size(), this.released.size(), this.held.size(), this.lostAcquires,
					this.lostReleases, this.complaints.size());
	}

}
