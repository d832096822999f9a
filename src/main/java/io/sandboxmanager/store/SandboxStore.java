package io.sandboxmanager.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * The shared state: the records of all sandboxes and what is found by them. Every method
 * is atomic by itself, for all servers on the store; none reads, decides and writes in
 * two steps. Indexes (warm members, sessions, deadlines, slots) follow from the record's
 * own state, so that no caller can leave them behind. So do signals: a step that gives a
 * pool a member, takes one from it or frees a slot raises {@link #POOLS_CHANGED}.
 *
 * <p>
 * Every method may throw {@link StateUnavailableException}. What it was to do may then be
 * done or not.
 */
public interface SandboxStore extends AutoCloseable {

	/**
	 * The topic of signals that a pool lost or won a member, that a slot became free, or
	 * that somebody looked for a member.
	 */
	String POOLS_CHANGED = "pools-changed";

	/** The id that the servers on this store share, and that their containers carry. */
	String managerId();

	/**
	 * Adds a record, if there is a slot for it: its state decides whether it takes one.
	 * @param limit how many records may take a slot, zero for any number
	 * @throws SandboxLimitExceededException when all slots are taken
	 */
	void insert(Sandbox sandbox, int limit);

	/**
	 * Adds a record as {@link #insert} does, for a server that may do so only while it
	 * has a lease.
	 * @throws LeaseLostException when the lease has ended, was given up or is somebody
	 * else's by now; renewing it does not count
	 */
	void insertUnder(Lease lease, Sandbox sandbox, int limit);

	/**
	 * Adds a record, if need be in the slots of the sandboxes of any template that are
	 * warm for the longest: they are taken out of their pools in the same step, so that
	 * nobody else gets a slot that they leave.
	 * @param limit how many records may take a slot, zero for any number
	 * @param retryAt deadline of the removal of those that made room
	 * @return the sandboxes that made room, releasing; none when there was a free slot
	 * @throws SandboxLimitExceededException when all slots are taken and there are not
	 * enough warm sandboxes to make room; none is taken then
	 */
	List<Sandbox> insertEvicting(Sandbox sandbox, int limit, Instant now, Instant retryAt);

	Optional<Sandbox> find(SandboxId id);

	/** The sandbox whose container the engine knows, or knew, by this name. */
	Optional<Sandbox> findByRef(String ref);

	/**
	 * Replaces a record. A use that was noted by {@link #touch} in between is kept, and a
	 * sandbox that was used in between is not recycled.
	 * @return the record as it is kept, its version raised
	 * @throws StaleSandboxException when the record has another version or is gone
	 */
	Sandbox update(Sandbox changed);

	/** Removes a record; removing an absent one does nothing. */
	void delete(SandboxId id);

	/**
	 * Hands out the oldest warm sandbox of a template; nobody else can get it any more.
	 * Whether there was one or not, {@link #POOLS_CHANGED} is raised.
	 * @return the sandbox, running and bound, or empty when none is warm
	 */
	Optional<Sandbox> claimWarm(String type, String templateHash, Claim claim);

	/** Notes that a sandbox was used, and with it all handed-out ones of its session. */
	void touch(SandboxId id, Instant now, Duration idle);

	/** The sandboxes of a session, oldest first. */
	List<Sandbox> bySession(String session);

	/** The sessions with at least one sandbox. */
	List<String> sessions();

	/**
	 * The sandboxes whose deadline has passed, the most overdue first. Costs what is due,
	 * not what exists.
	 */
	List<Sandbox> due(Instant now, int max);

	/** How the pool of a type is filled. */
	PoolCount poolCount(String type, String templateHash);

	/**
	 * The warm members of a type, the oldest first, those of another template included.
	 */
	List<Sandbox> warm(String type);

	/**
	 * All records, page by page in the order of their ids. A record that is there
	 * throughout is seen exactly once.
	 * @param after the last id of the page before, or empty for the first page
	 */
	List<Sandbox> page(Optional<SandboxId> after, int size);

	/**
	 * A right that one server has at a time.
	 * @param holder who asks
	 * @param ttl how long it lasts unless it is renewed by asking again
	 * @return the lease, or empty while somebody else has it
	 */
	Optional<Lease> lease(String name, String holder, Duration ttl);

	/**
	 * Gives a lease up before its end; does nothing when it is somebody else's by now.
	 */
	void giveUp(Lease lease);

	/**
	 * Notes that a server uses this state, until {@code ttl} has passed: a server asks
	 * again and again while it runs.
	 * @param engineId the engine whose containers it looks after
	 * @throws EngineMismatchException when a server that runs is on another engine; then
	 * this one is not noted
	 */
	void register(String server, String engineId, Duration ttl);

	/**
	 * Notes that a server leaves.
	 * @return whether no other is left
	 */
	boolean deregister(String server);

	/** What keeps the state now. */
	Incarnation incarnation();

	/**
	 * Tells every listener of a topic, on this server and the others, that something
	 * changed.
	 */
	void signal(String topic);

	/**
	 * Calls a listener after each signal, on a thread of the store: it returns at once.
	 * Several signals may be told as one, and none may be told as one when some may have
	 * been missed.
	 */
	Subscription onSignal(String topic, Runnable listener);

	@Override
	void close();

	/** Ends {@link #onSignal}. */
	interface Subscription extends AutoCloseable {

		@Override
		void close();

	}

}
