package io.sandboxmanager.store.redis;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

import redis.clients.jedis.Protocol.Command;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.Admission.Eviction;
import io.sandboxmanager.store.ClockSkewException;
import io.sandboxmanager.store.ContainerPage;
import io.sandboxmanager.store.EngineMismatchException;
import io.sandboxmanager.store.Incarnation;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.LeaseLostException;
import io.sandboxmanager.store.PoolCount;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SecretKey;
import io.sandboxmanager.store.Signals;
import io.sandboxmanager.store.SlotLimits;
import io.sandboxmanager.store.TicketBook;
import io.sandboxmanager.store.Turn;
import io.sandboxmanager.store.Waiter;

/**
 * The state of several servers, in Redis. Each operation is one command, which Redis
 * carries out in one step; all decisions are made there. {@code docs/state.md} lists the
 * keys; each script begins with what it does in one step.
 */
public final class RedisSandboxStore implements SandboxStore {

	private static final Logger logger = LoggerFactory.getLogger(RedisSandboxStore.class);

	/** How much a claim replies; one word more if it came before. */
	private static final int TURN = 4;

	/** Where Redis begins to read a hash in parts, and what it says at the end. */
	private static final String FIRST = "0";

	/** In the place of a version: whichever is kept. */
	private static final String ANY_VERSION = "";

	/**
	 * Two servers whose clocks are twice as far apart still believe each other's
	 * deadlines.
	 */
	private static final Duration CLOCK_SKEW = Duration.ofSeconds(3);

	/** The lease that {@code deregister.lua} gives and {@code register.lua} ends. */
	private static final String CLEANUP = "cleanup";

	/** Where what tickets are signed with is kept. */
	private static final String TICKET_KEY = "ticket-key";

	private final Redis redis;

	private final Seal seal;

	private final RecordCodec codec;

	private final Signals signals = new Signals();

	private final SignalBus bus;

	private final String managerId;

	private final Cancellations cancellations;

	/** No other store has it. */
	private final String markPrefix = UUID.randomUUID().toString();

	private final AtomicLong marks = new AtomicLong();

	private RedisSandboxStore(Redis redis, Seal seal, IdentityFile memory) {
		this.redis = redis;
		this.seal = seal;
		this.codec = new RecordCodec(seal);
		this.managerId = Identity.take(redis, seal, memory);
		this.redis.greetWith(Identity.greeting(this.managerId, seal));
		this.cancellations = new Cancellations(redis, Sleeper.system());
		this.bus = new SignalBus(redis, this.signals, Sleeper.system());
	}

	/**
	 * Opens the state.
	 * @param stateDir where the id that the servers share is kept too, in case Redis
	 * loses it
	 * @throws StateUnavailableException when Redis cannot be reached or used
	 */
	public static RedisSandboxStore open(RedisProperties properties, Path stateDir) {
		Redis redis = new Redis(properties);
		try {
			RedisSandboxStore store = new RedisSandboxStore(redis, Seal.of(properties.stateKey()),
					IdentityFile.of(properties, stateDir));
			store.incarnation(); // on the connection that was there before the greeting
			store.cancellations.start();
			store.bus.start(properties.connectTimeout().plus(properties.timeout()));
			return store;
		}
		catch (RuntimeException ex) {
			redis.close();
			throw ex;
		}
	}

	@Override
	public String managerId() {
		return this.managerId;
	}

	@Override
	public List<Sandbox> insert(Sandbox sandbox, Admission admission) {
		String mark = newMark();
		SlotLimits limits = admission.limits();
		Optional<Eviction> eviction = admission.eviction();
		List<Object> arguments = new ArrayList<>(List.of(sandbox.id().value(), mark, sandbox.state().name(),
				sandbox.kind().type(), limits.total(), limits.ofType()));
		arguments.addAll(identity(admission.lease()));
		arguments.add(eviction.map((given) -> Fields.text(given.now())).orElse(""));
		arguments.add(eviction.map((given) -> Fields.text(given.retryAt())).orElse(""));
		arguments.addAll(this.codec.write(sandbox, mark).flat());
		List<?> reply = (List<?>) this.redis.eval(Script.INSERT, arguments);
		return switch (status(reply)) {
			case "STALE" -> throw new StaleSandboxException(sandbox.id(), sandbox.version());
			case "LEASE" -> throw new LeaseLostException(admission.lease().orElseThrow());
			case "FULL" ->
				throw SandboxLimitExceededException.ofAll(sandbox.kind().type(), number(reply, 1), limits.total());
			case "TYPE-FULL" ->
				throw SandboxLimitExceededException.ofType(sandbox.kind().type(), number(reply, 1), limits.ofType());
			default -> this.codec.readAll(reply.subList(1, reply.size()));
		};
	}

	private static List<String> identity(Optional<Lease> lease) {
		return lease.map((given) -> List.of(given.name(), Long.toString(given.token()))).orElse(List.of("", ""));
	}

	@Override
	public Optional<Sandbox> find(SandboxId id) {
		return this.codec.read(this.redis.call(Command.HGETALL, this.redis.key("sandbox", id.value())));
	}

	@Override
	public Optional<Sandbox> findByRef(String ref) {
		return this.codec.read(this.redis.eval(Script.BY_REF, List.of(ref)));
	}

	@Override
	public Sandbox update(Sandbox changed) {
		return update(changed, Optional.empty());
	}

	@Override
	public Sandbox updateUnder(Lease lease, Sandbox changed) {
		return update(changed, Optional.of(lease));
	}

	private Sandbox update(Sandbox changed, Optional<Lease> lease) {
		String mark = newMark();
		List<Object> arguments = new ArrayList<>(List.of(changed.id().value(), mark, Long.toString(changed.version())));
		arguments.addAll(identity(lease));
		arguments.addAll(this.codec.write(changed.atVersion(changed.version() + 1), mark).flat());
		List<?> reply = (List<?>) this.redis.eval(Script.UPDATE, arguments);
		return switch (status(reply)) {
			case "STALE" -> throw new StaleSandboxException(changed.id(), changed.version());
			case "LEASE" -> throw new LeaseLostException(lease.orElseThrow());
			default -> this.codec.read(reply.get(1)).orElseThrow();
		};
	}

	@Override
	public void delete(Sandbox seen) {
		Object reply = this.redis.eval(Script.DELETE, List.of(seen.id().value(), Long.toString(seen.version())));
		if ("STALE".equals(Fields.text(reply))) {
			throw new StaleSandboxException(seen.id(), seen.version());
		}
	}

	@Override
	public Optional<Sandbox> claimWarm(String type, String templateHash, Claim claim) {
		return claimInTurn(type, templateHash, claim, Waiter.NOBODY).sandbox();
	}

	@Override
	public Turn claimInTurn(String type, String templateHash, Claim claim, Waiter waiter) {
		String mark = newMark();
		Fields changes = this.codec.write(claim, mark);
		List<Object> arguments = new ArrayList<>(
				List.of(type, templateHash, claim.owner().name(), mark, waiter.id(), waiter.capacity(),
						waiter.presence().toMillis(), changes.getOr("session", ""), changes.getOr("deadline", "")));
		arguments.addAll(changes.flat());
		List<?> reply = claim(mark, arguments);
		return new Turn(readClaimed(mark, reply, type, templateHash, claim), number(reply, 1),
				Long.parseLong(Fields.text(reply.get(2))), number(reply, 3));
	}

	/** Nobody gets what cannot be read: it goes out of the pool and out of use. */
	private Optional<Sandbox> readClaimed(String mark, List<?> reply, String type, String templateHash, Claim claim) {
		try {
			return (reply.size() > TURN) ? this.codec.read(reply.get(0))
					: this.codec.readClaimed(reply.get(0), type, templateHash, claim);
		}
		catch (StateUnavailableException ex) {
			this.cancellations.add(mark);
			throw ex;
		}
	}

	private List<?> claim(String mark, List<Object> arguments) {
		try {
			return (List<?>) this.redis.eval(Script.CLAIM, arguments);
		}
		catch (StateUnavailableException ex) {
			if (ex.getCause() instanceof UnansweredException) {
				this.cancellations.add(mark);
			}
			throw ex;
		}
	}

	@Override
	public void leaveQueue(String type, Waiter waiter) {
		this.redis.eval(Script.LEAVE_QUEUE, List.of(type, waiter.id()));
	}

	@Override
	public boolean putBack(Sandbox released, Sandbox member, SlotLimits limits, int most) {
		String mark = newMark();
		Fields ended = this.codec.write(released.atVersion(released.version() + 1), mark);
		List<Object> arguments = new ArrayList<>(List.of(released.id().value(), mark, released.version(),
				member.id().value(), member.kind().type(), limits.total(), limits.ofType(), most, ended.size()));
		arguments.addAll(ended.flat());
		arguments.addAll(this.codec.write(member, mark).flat());
		String reply = Fields.text(this.redis.eval(Script.PUT_BACK, arguments));
		if (reply.equals("STALE")) {
			throw new StaleSandboxException(released.id(), released.version());
		}
		return reply.equals("OK");
	}

	@Override
	public void touch(SandboxId id, Instant now, Duration idle) {
		String idleAt = idle.isZero() ? "" : Fields.text(now.plus(idle));
		this.redis.eval(Script.TOUCH, List.of(id.value(), Fields.text(now), idleAt));
	}

	@Override
	public void prolong(SandboxId id, Instant deadline) {
		this.redis.eval(Script.PROLONG, List.of(id.value(), Fields.text(deadline)));
	}

	@Override
	public List<Sandbox> bySession(String session) {
		return this.codec.readAll(this.redis.eval(Script.SESSION, List.of(session)));
	}

	@Override
	public List<String> sessions() {
		return ((List<?>) this.redis.call(Command.ZRANGE, this.redis.key("sessions"), 0, -1)).stream()
			.map(Fields::text)
			.toList();
	}

	@Override
	public List<Sandbox> due(Instant now, int max) {
		List<?> reply = (List<?>) this.redis.eval(Script.DUE, List.of(Fields.text(now), max));
		List<?> ids = (List<?>) reply.get(0);
		List<?> records = (List<?>) reply.get(1);
		List<Sandbox> due = new ArrayList<>();
		for (int i = 0; i < ids.size(); i++) {
			SandboxId id = new SandboxId(Fields.text(ids.get(i)));
			this.codec.readIfPossible(records.get(i)).ifPresentOrElse(due::add, () -> deleteUnreadable(id));
		}
		return due;
	}

	private void deleteUnreadable(SandboxId id) {
		this.redis.eval(Script.DELETE, List.of(id.value(), ANY_VERSION));
		logger.warn("Sandbox {} is given up at its deadline, since its record cannot be read: its container is removed "
				+ "as one without a record", id);
	}

	@Override
	public PoolCount poolCount(String type, String templateHash) {
		List<?> reply = (List<?>) this.redis.eval(Script.POOL_COUNT, List.of(type, templateHash));
		Optional<PoolBounds> bounds = Fields.text(reply.get(4)).isEmpty() ? Optional.empty()
				: Optional.of(new PoolBounds(number(reply, 4), number(reply, 5)));
		return new PoolCount(number(reply, 0), number(reply, 1), number(reply, 2), number(reply, 3), bounds,
				number(reply, 6));
	}

	@Override
	public void setPoolBounds(String type, Optional<PoolBounds> bounds) {
		String min = bounds.map((given) -> Integer.toString(given.min())).orElse("");
		String max = bounds.map((given) -> Integer.toString(given.max())).orElse("");
		this.redis.eval(Script.POOL_BOUNDS, List.of(type, min, max));
	}

	@Override
	public List<Sandbox> warm(String type) {
		return this.codec.readAll(this.redis.eval(Script.WARM, List.of(type)));
	}

	@Override
	public List<Sandbox> warm() {
		return this.codec.readAll(this.redis.eval(Script.WARM, List.of()));
	}

	@Override
	public ContainerPage containers(String engineId, Optional<String> begin, int size) {
		List<?> reply = (List<?>) this.redis.call(Command.HSCAN, this.redis.key("containers", engineId),
				begin.orElse(FIRST), "COUNT", size);
		List<?> found = (List<?>) reply.get(1);
		Map<String, SandboxId> records = new HashMap<>();
		for (int i = 0; i < found.size(); i += 2) {
			records.put(Fields.text(found.get(i)), new SandboxId(Fields.text(found.get(i + 1))));
		}
		return new ContainerPage(records, Optional.of(Fields.text(reply.get(0))).filter((next) -> !next.equals(FIRST)));
	}

	@Override
	public List<Sandbox> page(Optional<SandboxId> after, int size) {
		String last = after.map(SandboxId::value).orElse("");
		while (true) {
			List<?> reply = (List<?>) this.redis.eval(Script.PAGE, List.of(last, size));
			List<Sandbox> page = this.codec.readAll(reply.get(1));
			last = Fields.text(reply.get(0));
			if (!page.isEmpty() || last.isEmpty()) {
				return page;
			}
		}
	}

	@Override
	public Optional<Lease> lease(String name, String holder, Duration ttl) {
		return lease(name, holder, this.redis.eval(Script.LEASE, List.of(name, holder, Long.toString(ttl.toMillis()))));
	}

	private static Optional<Lease> lease(String name, String holder, Object answer) {
		List<?> reply = (List<?>) answer;
		return reply.isEmpty() ? Optional.empty() : Optional.of(new Lease(name, holder,
				Long.parseLong(Fields.text(reply.get(0))), ofMicros(Fields.text(reply.get(1)))));
	}

	@Override
	public void giveUp(Lease lease) {
		this.redis.eval(Script.GIVE_UP, List.of(lease.name(), Long.toString(lease.token())));
	}

	@Override
	public void register(String server, String engineId, Instant now, Duration ttl) {
		List<?> reply = (List<?>) this.redis.eval(Script.REGISTER,
				List.of(server, engineId, Long.toString(ttl.toMillis()), Fields.text(now)));
		if (status(reply).equals("ENGINE")) {
			throw new EngineMismatchException(engineId, Fields.text(reply.get(1)), Fields.text(reply.get(2)));
		}
		Duration ahead = Duration.of(Long.parseLong(Fields.text(reply.get(1))), ChronoUnit.MICROS);
		if (ahead.abs().compareTo(CLOCK_SKEW) > 0) {
			throw new ClockSkewException(ahead, CLOCK_SKEW);
		}
	}

	@Override
	public Optional<Lease> deregister(String server, Duration cleanup) {
		return lease(CLEANUP, server,
				this.redis.eval(Script.DEREGISTER, List.of(server, Long.toString(cleanup.toMillis()))));
	}

	@Override
	public Incarnation incarnation() {
		List<?> reply = this.redis.greet();
		return new Incarnation(Fields.text(reply.get(1)), ofMicros(Fields.text(reply.get(2))));
	}

	@Override
	public TicketBook ticketBook(Collection<String> tickets) {
		List<?> reply = askTicketBook("", tickets);
		if (Fields.text(reply.get(0)).isEmpty()) {
			reply = askTicketBook(this.seal.seal(SecretKey.random(), TICKET_KEY), tickets);
		}
		return new TicketBook(this.seal.open(Fields.text(reply.get(0)), TICKET_KEY),
				reply.stream().skip(1).map(Fields::text).collect(Collectors.toSet()));
	}

	private List<?> askTicketBook(String proposed, Collection<String> tickets) {
		List<String> arguments = new ArrayList<>(List.of(proposed));
		arguments.addAll(tickets);
		return (List<?>) this.redis.eval(Script.TICKET_BOOK, arguments);
	}

	@Override
	public void revokeTicket(String ticket, Duration keep) {
		this.redis.eval(Script.REVOKE_TICKET, List.of(ticket, Long.toString(keep.toMillis())));
	}

	@Override
	public void signal(String topic) {
		this.redis.call(Command.PUBLISH, this.redis.key("signals"), topic);
	}

	@Override
	public Subscription onSignal(String topic, Runnable listener) {
		return this.signals.listen(topic, listener);
	}

	@Override
	public void close() {
		this.cancellations.close();
		this.bus.close();
		this.signals.close();
		this.redis.close();
	}

	/**
	 * By this a command is known when it comes again. Counted, because random ones would
	 * have all callers queue for the source of randomness.
	 */
	private String newMark() {
		return this.markPrefix + "." + this.marks.incrementAndGet();
	}

	private static String status(List<?> reply) {
		return Fields.text(reply.get(0));
	}

	private static int number(List<?> reply, int index) {
		return Integer.parseInt(Fields.text(reply.get(index)));
	}

	private static Instant ofMicros(String micros) {
		return Fields.instant(micros + "000");
	}

}
