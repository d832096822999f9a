package io.sandboxmanager.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * The shared state: the records of all sandboxes and what is found by them. Every method
 * is atomic by itself, for all servers on the store; none reads, decides and writes in
 * two steps. Indexes (warm members, sessions, deadlines, slots) follow from the record's
 * own state, so that no caller can leave them behind. So do signals: a step that gives a
 * pool a member, takes one from it or frees a slot raises {@link #POOLS_CHANGED}. A claim
 * does not: it is what callers wait for, and who claims may be the one who fills.
 *
 * <p>
 * Every method may throw {@link StateUnavailableException}. What it was to do may then be
 * done or not.
 */
public interface SandboxStore extends AutoCloseable {

	/**
	 * The topic of signals that a pool won a member or lost one to nobody, that it has
	 * other bounds, or that a slot became free.
	 */
	String POOLS_CHANGED = "pools-changed";

	/**
	 * The topic of signals that somebody has claimed a member, or looked for one in vain.
	 */
	String MEMBER_WANTED = "member-wanted";

	/** The topic of signals that somebody gave up a lease. */
	String LEASE_GIVEN_UP = "lease-given-up";

	/** The topic of signals that a ticket was revoked. */
	String TICKETS_REVOKED = "tickets-revoked";

	/** The id that the servers on this store share, and that their containers carry. */
	String managerId();

	/**
	 * Adds a record: its state decides whether it takes a slot. If need be that is one of
	 * the sandboxes of any template that are warm for the longest, of its own type first
	 * where that one's limit is reached: they are taken out of their pools in the same
	 * step, so that nobody else gets a slot that they leave.
	 * @return the sandboxes that made room, releasing; none when there was a free slot
	 * @throws SandboxLimitExceededException when all slots are taken and there are not
	 * enough warm sandboxes to make room; none is taken then
	 * @throws LeaseLostException when the lease has ended, was given up or is somebody
	 * else's by now; renewing it does not count
	 */
	List<Sandbox> insert(Sandbox sandbox, Admission admission);

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

	/**
	 * Replaces a record as {@link #update} does, for a server that may do so only while
	 * it has a lease.
	 * @throws LeaseLostException when the lease has ended, was given up or is somebody
	 * else's by now; renewing it does not count
	 */
	Sandbox updateUnder(Lease lease, Sandbox changed);

	/**
	 * Removes a record; removing an absent one does nothing.
	 * @throws StaleSandboxException when the record has another version than that which
	 * is to be removed
	 */
	void delete(Sandbox seen);

	/**
	 * Hands out a warm sandbox of a template: the oldest that the same owner used before,
	 * else the oldest that nobody used; nobody else can get it any more. Who waits in the
	 * queue goes first. Without one {@link #MEMBER_WANTED} is raised; with one it is for
	 * the caller to see that the pool is filled again.
	 * @return the sandbox, running and bound, or empty when there is none for the caller
	 */
	Optional<Sandbox> claimWarm(String type, String templateHash, Claim claim);

	/**
	 * Hands out a warm sandbox as {@link #claimWarm} does, or gives the caller a place in
	 * the queue of the type, which he keeps by asking again.
	 */
	Turn claimInTurn(String type, String templateHash, Claim claim, Waiter waiter);

	/** Gives up a place in the queue of a type; does nothing if there is none. */
	void leaveQueue(String type, Waiter waiter);

	/**
	 * Ends a released sandbox and puts its container back into its pool as another, in
	 * one step.
	 * @param released the released one as it is to be kept
	 * @param member the one that goes into the pool
	 * @param most how many members the pool may have, those on their way included
	 * @return whether there was room for it; if not, nothing has changed
	 * @throws StaleSandboxException when the released one has another version or is gone
	 */
	boolean putBack(Sandbox released, Sandbox member, SlotLimits limits, int most);

	/** Notes that a sandbox was used, and with it all handed-out ones of its session. */
	void touch(SandboxId id, Instant now, Duration idle);

	/**
	 * Gives a sandbox that is being made, or whose container is being removed, time until
	 * {@code deadline} at least. Its version stays, so that whoever is at it may go on
	 * changing it.
	 */
	void prolong(SandboxId id, Instant deadline);

	/** The sandboxes of a session, oldest first. */
	List<Sandbox> bySession(String session);

	/** The sessions with at least one sandbox. */
	List<String> sessions();

	/**
	 * The sandboxes whose deadline has passed, the most overdue first. Costs what is due,
	 * not what exists. One whose record cannot be read is deleted instead: nobody else
	 * would ever end it.
	 */
	List<Sandbox> due(Instant now, int max);

	/** How the pool of a type is filled. */
	PoolCount poolCount(String type, String templateHash);

	/**
	 * Sets how many members the pool of a type has, on all servers and until it is set
	 * again.
	 * @param bounds empty to leave it to each server's settings again
	 */
	void setPoolBounds(String type, Optional<PoolBounds> bounds);

	/**
	 * The warm members of a type, the oldest first, those of another template included.
	 */
	List<Sandbox> warm(String type);

	/** The warm members of all types, the oldest first. */
	List<Sandbox> warm();

	/**
	 * The containers of an engine that records count on, page by page: those that are
	 * being made or removed included. One that is there throughout is seen at least once.
	 * @param begin what the page before says, or empty for the first page
	 * @param size about how many, all in one if they are few
	 */
	ContainerPage containers(String engineId, Optional<String> begin, int size);

	/**
	 * All containers of an engine that records count on, and the records. Asks for page
	 * after page, so this alone is not atomic; the caller may change the map.
	 */
	default Map<String, SandboxId> containers(String engineId) {
		Map<String, SandboxId> all = new HashMap<>();
		Optional<String> next = Optional.empty();
		do {
			ContainerPage page = containers(engineId, next, 1000);
			all.putAll(page.records());
			next = page.next();
		}
		while (next.isPresent());
		return all;
	}

	/**
	 * All records, page by page in the order of their ids. A record that is there
	 * throughout is seen exactly once.
	 * @param after the last id of the page before, or empty for the first page
	 */
	List<Sandbox> page(Optional<SandboxId> after, int size);

	/**
	 * Visits all records, with {@link #page} for page, so this alone is not atomic. A
	 * record that is there throughout is visited exactly once.
	 */
	default void visit(Consumer<Sandbox> visitor) {
		List<Sandbox> page = page(Optional.empty(), 200);
		while (!page.isEmpty()) {
			page.forEach(visitor);
			page = page(Optional.of(page.get(page.size() - 1).id()), 200);
		}
	}

	/**
	 * A right that one server has at a time.
	 * @param holder who asks
	 * @param ttl how long it lasts unless it is renewed by asking again
	 * @return the lease, or empty while somebody else has it
	 */
	Optional<Lease> lease(String name, String holder, Duration ttl);

	/**
	 * Gives a lease up before its end, and tells so by {@link #LEASE_GIVEN_UP}; does
	 * nothing when it is somebody else's by now.
	 */
	void giveUp(Lease lease);

	/**
	 * Notes that a server uses this state, until {@code ttl} has passed: a server asks
	 * again and again while it runs. It ends the lease of one that left as the last.
	 * @param engineId the engine whose containers it looks after
	 * @param now by its own clock, by which it writes deadlines
	 * @throws EngineMismatchException when a server that runs is on another engine; then
	 * this one is not noted
	 * @throws ClockSkewException when its clock is not that of the state
	 */
	void register(String server, String engineId, Instant now, Duration ttl);

	/**
	 * Notes that a server leaves.
	 * @param cleanup how long it has to remove what there is, if it was the last
	 * @return the lease under which the last one does so, or empty when others are left.
	 * The next server to {@link #register} ends it in the same step
	 */
	Optional<Lease> deregister(String server, Duration cleanup);

	/**
	 * What keeps the state now. Where it is another than before, a sandbox that counts as
	 * warm may be handed out already, so all of them are given up before anything else is
	 * done there.
	 * @throws StateUnavailableException also when the state is that of other servers
	 */
	Incarnation incarnation();

	/**
	 * What tickets that open sandboxes are signed with, and which of these were revoked.
	 * The key is made by the first who asks; it is lost only with the state, and with it
	 * all tickets.
	 */
	TicketBook ticketBook(Collection<String> tickets);

	/**
	 * Revokes a ticket that opens a sandbox, on all servers; they are told by
	 * {@link #TICKETS_REVOKED}.
	 * @param ticket a name of it that no other has
	 * @param keep after which time it has ended by itself and may be forgotten
	 */
	void revokeTicket(String ticket, Duration keep);

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
