package io.sandboxmanager.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.RepeatedTest;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.sandbox.TestSandboxes;

import static io.sandboxmanager.sandbox.TestSandboxes.HASH;
import static io.sandboxmanager.sandbox.TestSandboxes.IDLE;
import static io.sandboxmanager.sandbox.TestSandboxes.LIFETIME;
import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What holds in every schedule of several clients on one state, tried with random ones:
 * whatever was handed out has one owner, no limit is ever passed, nothing is lost, and in
 * the end all is found by what its record says. A failure names the seed of its schedule;
 * {@code mvn test -Dtest=RedisStoreScheduleTests -Dschedule.seed=1234} lets all clients
 * make the same choices again, as often as the test is repeated. Which of them is quicker
 * is left to the threads.
 */
public abstract class AbstractStoreScheduleTests {

	private static final String SEED = "schedule.seed";

	private static final int STEPS = 150;

	private static final SlotLimits LIMITS = new SlotLimits(12, 9);

	private static final int MOST_WARM = 6;

	private static final List<String> TYPES = List.of("base", "browser");

	private static final List<Owner> OWNERS = List.of(new Owner("one"), new Owner("two"));

	/** Two or three clients of an empty state; closed when the schedule is over. */
	protected abstract List<SandboxStore> clients();

	/** What does not agree in how this kind of state is kept, when all is quiet. */
	protected List<String> mistakesWithin() {
		return List.of();
	}

	private final Map<SandboxId, Owner> claimed = new ConcurrentHashMap<>();

	private final Map<SandboxId, String> mistakes = new ConcurrentHashMap<>();

	private final AtomicInteger handedOut = new AtomicInteger();

	@RepeatedTest(8)
	void everySandboxHasOneOwnerAndNoLimitIsPassed() {
		long seed = Long.getLong(SEED, System.nanoTime());
		try {
			run(seed);
		}
		catch (Exception | AssertionError ex) {
			throw new AssertionError("once more with -D" + SEED + "=" + seed + ": " + ex.getMessage(), ex);
		}
	}

	private void run(long seed) throws Exception {
		List<SandboxStore> clients = clients();
		SplittableRandom random = new SplittableRandom(seed);
		List<Actor> actors = IntStream.range(0, 6)
			.mapToObj((i) -> new Actor(clients.get(i % clients.size()), random.split()))
			.toList();
		ExecutorService threads = Executors.newFixedThreadPool(actors.size());
		try {
			for (Future<Actor> ended : threads.invokeAll(actors)) {
				ended.get();
			}
			assertThat(this.mistakes).isEmpty();
			assertThat(this.handedOut).hasPositiveValue();
			assertBooksAgree(clients.get(0), actors);
		}
		finally {
			threads.shutdownNow();
			clients.forEach(SandboxStore::close);
		}
	}

	private void assertBooksAgree(SandboxStore store, List<Actor> actors) {
		Set<SandboxId> held = actors.stream()
			.flatMap((actor) -> actor.held.stream())
			.map(Sandbox::id)
			.collect(Collectors.toSet());
		assertThat(ids(store.page(Optional.empty(), 10_000), SandboxState.RUNNING))
			.as("what is handed out is somebody's")
			.isEqualTo(held);
		assertThat(StoreBooks.mistakes(store, TYPES, HASH)).isEmpty();
		assertThat(mistakesWithin()).isEmpty();
	}

	private static Set<SandboxId> ids(List<Sandbox> records, SandboxState state) {
		return records.stream()
			.filter((record) -> record.state() == state)
			.map(Sandbox::id)
			.collect(Collectors.toSet());
	}

	/** One who makes, claims, releases and reuses sandboxes at random. */
	private final class Actor implements Callable<Actor> {

		private final SandboxStore store;

		private final SplittableRandom random;

		private final List<Sandbox> held = new ArrayList<>();

		private final List<Sandbox> making = new ArrayList<>();

		/** As which he waits, by type. */
		private final Map<String, Waiter> waiting = new HashMap<>();

		Actor(SandboxStore store, SplittableRandom random) {
			this.store = store;
			this.random = random;
		}

		@Override
		public Actor call() {
			for (int i = 0; i < STEPS; i++) {
				switch (this.random.nextInt(9)) {
					case 0, 1 -> begin();
					case 2 -> finish();
					case 3 -> note(this.store.claimWarm(type(), HASH, claim(owner())));
					case 4 -> queue(type());
					case 5 -> release();
					case 6 -> evict();
					case 7 -> touch();
					default -> checkLimits();
				}
			}
			this.waiting.forEach(this.store::leaveQueue);
			return this;
		}

		private void begin() {
			Sandbox begun = TestSandboxes.provisioning(type(), Owner.POOL);
			try {
				this.store.insert(begun, Admission.within(LIMITS));
				this.making.add(begun);
			}
			catch (SandboxLimitExceededException ex) {
				makeRoom();
			}
		}

		private void finish() {
			if (!this.making.isEmpty()) {
				Sandbox begun = this.making.remove(this.making.size() - 1);
				this.store.update(begun.placed(TestSandboxes.placement("container-of-" + begun.id()), NOW).warm(NOW));
			}
		}

		/**
		 * Asks in turn, again at the same place unless he has vanished in the meantime.
		 */
		private void queue(String type) {
			if (this.random.nextInt(8) == 0) {
				this.waiting.remove(type);
			}
			Waiter waiter = this.waiting.computeIfAbsent(type,
					(one) -> new Waiter(SandboxId.random().value(), 3, Duration.ofMillis(1)));
			note(this.store.claimInTurn(type, HASH, claim(owner()), waiter).sandbox());
		}

		private void note(Optional<Sandbox> sandbox) {
			sandbox.ifPresent((mine) -> {
				AbstractStoreScheduleTests.this.handedOut.incrementAndGet();
				this.held.add(mine);
				Owner before = AbstractStoreScheduleTests.this.claimed.putIfAbsent(mine.id(), mine.owner());
				if (before != null) {
					mistake(mine, "was handed out twice");
				}
				if (mine.reuse() != null && !mine.reuse().owner().equals(mine.owner())) {
					mistake(mine, "was another owner's");
				}
			});
		}

		/** Lest all slots be taken by what nobody can claim or give back. */
		private void makeRoom() {
			finish();
			release();
		}

		private void release() {
			if (this.held.isEmpty()) {
				return;
			}
			Sandbox mine = this.held.remove(this.random.nextInt(this.held.size()));
			Sandbox releasing = this.store.update(mine.releasing(NOW, NOW));
			SandboxId id = SandboxId.random();
			boolean back = this.random.nextBoolean() && this.store.putBack(releasing.passedOn(NOW, NOW),
					releasing.again(id, "test-" + id, NOW), LIMITS, MOST_WARM);
			if (!back) {
				this.store.delete(releasing);
			}
		}

		private void evict() {
			Sandbox begun = TestSandboxes.provisioning(type(), Owner.ANONYMOUS);
			try {
				for (Sandbox evicted : this.store.insert(begun, Admission.within(LIMITS).evicting(NOW, NOW))) {
					if (AbstractStoreScheduleTests.this.claimed.containsKey(evicted.id())) {
						mistake(evicted, "made room although somebody has it");
					}
					this.store.delete(evicted);
				}
				this.store.delete(begun);
			}
			catch (SandboxLimitExceededException ex) {
				makeRoom();
			}
			catch (StaleSandboxException ex) {
				mistake(begun, "was changed by somebody else");
			}
		}

		private void touch() {
			if (!this.held.isEmpty()) {
				Sandbox mine = this.held.get(this.random.nextInt(this.held.size()));
				this.store.touch(mine.id(), NOW.plusSeconds(this.random.nextInt(100)), IDLE);
			}
		}

		private void checkLimits() {
			List<Sandbox> occupying = this.store.page(Optional.empty(), 10_000)
				.stream()
				.filter((record) -> record.state().isOccupying())
				.toList();
			if (occupying.size() > LIMITS.total()) {
				mistake(occupying.get(0), "is one of " + occupying.size());
			}
			for (String type : TYPES) {
				if (occupying.stream().filter((record) -> record.kind().type().equals(type)).count() > LIMITS
					.ofType()) {
					mistake(occupying.get(0), "is one too many of " + type);
				}
			}
		}

		private void mistake(Sandbox sandbox, String what) {
			AbstractStoreScheduleTests.this.mistakes.put(sandbox.id(), what);
		}

		private String type() {
			return TYPES.get(this.random.nextInt(TYPES.size()));
		}

		private Owner owner() {
			return OWNERS.get(this.random.nextInt(OWNERS.size()));
		}

		private Claim claim(Owner owner) {
			return new Claim(owner, TestSandboxes.request("s" + this.random.nextInt(3)), NOW, IDLE, LIFETIME);
		}

	}

}
