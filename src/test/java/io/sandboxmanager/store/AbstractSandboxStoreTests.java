package io.sandboxmanager.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.sandbox.Timeline;
import io.sandboxmanager.sandbox.Workspace;

import static io.sandboxmanager.sandbox.TestSandboxes.HASH;
import static io.sandboxmanager.sandbox.TestSandboxes.IDLE;
import static io.sandboxmanager.sandbox.TestSandboxes.LIFETIME;
import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static io.sandboxmanager.sandbox.TestSandboxes.claim;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What every {@link SandboxStore} promises; each implementation extends this. */
public abstract class AbstractSandboxStoreTests {

	private static final SlotLimits UNLIMITED = SlotLimits.NONE;

	protected final MutableClock clock = new MutableClock(NOW);

	private SandboxStore store;

	/** An empty store. */
	protected abstract SandboxStore createStore();

	/** How long leases and the like last in these tests. */
	protected Duration ttl() {
		return Duration.ofSeconds(5);
	}

	/** Lets time pass as the store counts it for leases and the like. */
	protected void pass(Duration time) {
		this.clock.advance(time);
	}

	/** How long those last that outlast the others. */
	private Duration longTtl() {
		return ttl().multipliedBy(10);
	}

	@BeforeEach
	void open() {
		this.store = createStore();
	}

	@AfterEach
	void close() {
		this.store.close();
	}

	private static SlotLimits total(int limit) {
		return new SlotLimits(limit, 0);
	}

	private Sandbox insert(Sandbox sandbox) {
		this.store.insert(sandbox, Admission.within(UNLIMITED));
		return sandbox;
	}

	private Sandbox now(Sandbox sandbox) {
		return this.store.find(sandbox.id()).orElseThrow();
	}

	@Nested
	class Records {

		@Test
		void anInsertedRecordIsFoundAsItWas() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			assertThat(store.find(sandbox.id())).contains(sandbox);
		}

		@Test
		void everyFactIsKeptAsItWas() {
			Sandbox sandbox = insert(TestSandboxes.full("s"));
			assertThat(store.find(sandbox.id())).contains(sandbox);
			assertThat(store.findByRef(sandbox.requirePlacement().ref())).contains(sandbox);
		}

		@Test
		void factsThatGoAreNotKept() {
			Sandbox full = insert(TestSandboxes.full("s"));
			Sandbox bare = new Sandbox(full.id(), full.name(), full.kind(), Owner.POOL, full.token(),
					SandboxRequest.PLAIN, new Workspace(null, null), SandboxState.PROVISIONING, null, null,
					new Timeline(NOW, NOW, null, null, null, null, null, null), null, null, null, false, 0);
			Sandbox kept = store.update(bare);
			assertThat(kept).isEqualTo(bare.atVersion(1));
			assertThat(store.find(full.id())).contains(kept);
		}

		@Test
		void anUnknownIdIsEmpty() {
			assertThat(store.find(SandboxId.random())).isEmpty();
			assertThat(store.findByRef("nothing")).isEmpty();
		}

		@Test
		void theSameIdIsNotInsertedTwice() {
			Sandbox sandbox = insert(TestSandboxes.warm("base"));
			assertThatExceptionOfType(StaleSandboxException.class)
				.isThrownBy(() -> store.insert(sandbox, Admission.within(UNLIMITED)));
		}

		@Test
		void anUpdateRaisesTheVersion() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Sandbox stopped = store.update(sandbox.stopped(NOW));
			assertThat(stopped.version()).isEqualTo(sandbox.version() + 1);
			assertThat(store.find(sandbox.id())).contains(stopped);
		}

		@Test
		void anUpdateOfAnOlderVersionIsRefusedAndChangesNothing() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Sandbox newer = store.update(sandbox.stopped(NOW));
			assertThatExceptionOfType(StaleSandboxException.class)
				.isThrownBy(() -> store.update(sandbox.released(NOW, NOW)));
			assertThat(store.find(sandbox.id())).contains(newer);
		}

		@Test
		void anUpdateOfADeletedRecordIsRefused() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.delete(sandbox);
			assertThatExceptionOfType(StaleSandboxException.class).isThrownBy(() -> store.update(sandbox.stopped(NOW)));
		}

		@Test
		void aRecordThatHasChangedIsNotDeleted() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Sandbox newer = store.update(sandbox.stopped(NOW));
			assertThatExceptionOfType(StaleSandboxException.class).isThrownBy(() -> store.delete(sandbox));
			assertThat(store.find(sandbox.id())).contains(newer);
		}

		@Test
		void ofManyUpdatesOfOneVersionOneWins() throws Exception {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			List<Boolean> won = inParallel(8, () -> {
				try {
					store.update(sandbox.stopped(NOW));
					return true;
				}
				catch (StaleSandboxException ex) {
					return false;
				}
			});
			assertThat(won).containsOnlyOnce(true);
		}

		@Test
		void aDeletedRecordIsGoneFromEverywhere() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.delete(sandbox);
			store.delete(sandbox);
			assertThat(store.find(sandbox.id())).isEmpty();
			assertThat(store.findByRef(sandbox.requirePlacement().ref())).isEmpty();
			assertThat(store.bySession("s")).isEmpty();
			assertThat(store.sessions()).isEmpty();
			assertThat(store.due(NOW.plus(LIFETIME), 10)).isEmpty();
			assertThat(store.page(Optional.empty(), 10)).isEmpty();
		}

		@Test
		void aRecordIsFoundByItsContainerOnceItHasOne() {
			Sandbox sandbox = insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS));
			assertThat(store.findByRef("c-1")).isEmpty();
			Sandbox placed = store.update(sandbox.placed(TestSandboxes.placement("c-1"), NOW));
			assertThat(store.findByRef("c-1")).contains(placed);
		}

		@Test
		void aRecordIsStillFoundByTheContainerThatItHad() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			String ref = sandbox.requirePlacement().ref();
			Sandbox recycled = store.update(sandbox.recycled("idle", NOW, NOW));
			Sandbox cleared = store.update(recycled.cleared(NOW));
			assertThat(store.findByRef(ref)).contains(cleared);
			Sandbox replaced = store.update(cleared.replacedBy(SandboxId.random(), NOW, NOW));
			assertThat(store.findByRef(ref)).contains(replaced);
			assertThat(replaced.placement()).isNull();
			store.delete(replaced);
			assertThat(store.findByRef(ref)).isEmpty();
		}

		@Test
		void aRecordIsNotFoundByTheContainerThatAnotherTookThePlaceOf() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Sandbox resumed = store.update(sandbox.resumed(TestSandboxes.placement("c-2"), NOW));
			assertThat(store.findByRef(sandbox.requirePlacement().ref())).isEmpty();
			assertThat(store.findByRef("c-2")).contains(resumed);
		}

		@Test
		void aRefThatAnotherRecordHasTakenOverStaysWithThatOne() {
			Sandbox former = insert(TestSandboxes.provisioning("base", Owner.POOL));
			former = store.update(former.placed(TestSandboxes.placement("c-1"), NOW));
			Sandbox next = insert(TestSandboxes.provisioning("base", Owner.POOL));
			next = store.update(next.placed(TestSandboxes.placement("c-1"), NOW));
			store.delete(former);
			assertThat(store.findByRef("c-1")).contains(next);
		}

		@Test
		void pagesGoOnAfterARecordThatIsGone() {
			List<Sandbox> all = Stream.generate(() -> insert(TestSandboxes.warm("base")))
				.limit(5)
				.sorted(Comparator.comparing((sandbox) -> sandbox.id().value()))
				.toList();
			store.delete(all.get(1));
			assertThat(store.page(Optional.of(all.get(1).id()), 2)).containsExactly(all.get(2), all.get(3));
			assertThat(store.page(Optional.of(all.get(4).id()), 2)).isEmpty();
		}

		@Test
		void pagesShowEachRecordOnce() {
			Set<SandboxId> ids = new HashSet<>();
			for (int i = 0; i < 25; i++) {
				ids.add(insert(TestSandboxes.warm("base")).id());
			}
			List<SandboxId> seen = new ArrayList<>();
			List<Sandbox> page = store.page(Optional.empty(), 10);
			while (!page.isEmpty()) {
				page.forEach((sandbox) -> seen.add(sandbox.id()));
				page = store.page(Optional.of(seen.get(seen.size() - 1)), 10);
			}
			assertThat(seen).doesNotHaveDuplicates().hasSameElementsAs(ids);
			List<SandboxId> visited = new ArrayList<>();
			store.visit((sandbox) -> visited.add(sandbox.id()));
			assertThat(visited).isEqualTo(seen);
		}

	}

	@Nested
	class Limit {

		@Test
		void theLimitIsReachedExactly() {
			store.insert(TestSandboxes.warm("base"), Admission.within(total(2)));
			store.insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS), Admission.within(total(2)));
			assertThatExceptionOfType(SandboxLimitExceededException.class)
				.isThrownBy(() -> store.insert(TestSandboxes.running("base", "s"), Admission.within(total(2))))
				.withMessageContaining("2 of at most 2");
		}

		@Test
		void manyAtOnceNeverExceedIt() throws Exception {
			List<Boolean> got = inParallel(16, () -> {
				try {
					store.insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS), Admission.within(total(5)));
					return true;
				}
				catch (SandboxLimitExceededException ex) {
					return false;
				}
			});
			assertThat(got.stream().filter((one) -> one)).hasSize(5);
		}

		@Test
		void aReleasingSandboxFreesItsSlotAtOnce() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.update(sandbox.releasing(NOW, NOW));
			store.insert(TestSandboxes.warm("base"), Admission.within(total(1)));
			assertThat(store.poolCount("base", HASH).warm()).isEqualTo(1);
		}

		@Test
		void aRecycledSandboxTakesNoSlot() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.update(sandbox.recycled("idle", NOW, NOW));
			store.insert(TestSandboxes.warm("base"), Admission.within(total(1)));
			assertThat(store.poolCount("base", HASH).warm()).isEqualTo(1);
		}

		@Test
		void aStoppedSandboxKeepsItsSlot() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.update(sandbox.stopped(NOW));
			assertThatExceptionOfType(SandboxLimitExceededException.class)
				.isThrownBy(() -> store.insert(TestSandboxes.warm("base"), Admission.within(total(1))));
		}

		@Test
		void aDeletedRecordFreesItsSlot() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.delete(sandbox);
			store.insert(TestSandboxes.warm("base"), Admission.within(total(1)));
			assertThat(store.poolCount("base", HASH).warm()).isEqualTo(1);
		}

		@Test
		void aClaimTakesNoFurtherSlot() {
			insert(TestSandboxes.warm("base"));
			store.claimWarm("base", HASH, claim("s", NOW));
			store.insert(TestSandboxes.warm("base"), Admission.within(total(2)));
			assertThatExceptionOfType(SandboxLimitExceededException.class)
				.isThrownBy(() -> store.insert(TestSandboxes.warm("base"), Admission.within(total(2))));
		}

	}

	@Nested
	class Evictions {

		private static final Instant RETRY = NOW.plusSeconds(10);

		private List<Sandbox> insertEvicting(int limit) {
			return store.insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS),
					Admission.within(total(limit)).evicting(NOW, RETRY));
		}

		@Test
		void aFreeSlotIsTakenFirst() {
			Sandbox warm = insert(TestSandboxes.warm("base"));
			assertThat(insertEvicting(2)).isEmpty();
			assertThat(store.find(warm.id())).contains(warm);
		}

		@Test
		void withoutALimitNothingIsEvicted() {
			insert(TestSandboxes.warm("base"));
			assertThat(insertEvicting(0)).isEmpty();
			assertThat(store.warm("base")).hasSize(1);
		}

		@Test
		void atTheLimitTheOldestOfAnyTypeMakesRoom() {
			Sandbox oldest = insert(TestSandboxes.placed("browser", Owner.POOL).warm(NOW.minusSeconds(9)));
			insert(TestSandboxes.warm("base"));
			Sandbox evicted = insertEvicting(2).get(0);
			assertThat(evicted.id()).isEqualTo(oldest.id());
			assertThat(evicted.state()).isEqualTo(SandboxState.RELEASING);
			assertThat(evicted.timeline().deadline()).isEqualTo(RETRY);
			assertThat(evicted.version()).isEqualTo(oldest.version() + 1);
			assertThat(store.find(oldest.id())).contains(evicted);
			assertThat(store.claimWarm("browser", HASH, claim("s", NOW))).isEmpty();
		}

		@Test
		void itsSlotIsTakenInTheSameStep() {
			insert(TestSandboxes.warm("base"));
			assertThat(insertEvicting(1)).hasSize(1);
			assertThatExceptionOfType(SandboxLimitExceededException.class)
				.isThrownBy(() -> store.insert(TestSandboxes.warm("base"), Admission.within(total(1))));
		}

		@Test
		void whatIsHandedOutOrOnItsWayMakesNoRoom() {
			insert(TestSandboxes.running("base", "s"));
			insert(TestSandboxes.placed("base", Owner.POOL));
			assertThatExceptionOfType(SandboxLimitExceededException.class).isThrownBy(() -> insertEvicting(2))
				.withMessageContaining("2 of at most 2");
		}

		@Test
		void underALowerLimitAsManyMakeRoomAsAreNeededOrNone() {
			Sandbox first = insert(TestSandboxes.warm("base"));
			Sandbox second = insert(TestSandboxes.warm("base"));
			insert(TestSandboxes.running("base", "s"));
			assertThatExceptionOfType(SandboxLimitExceededException.class).isThrownBy(() -> insertEvicting(1));
			assertThat(store.warm("base")).containsExactly(first, second);
			assertThat(insertEvicting(2)).extracting(Sandbox::id).containsExactly(first.id(), second.id());
		}

		@Test
		void theSameIdIsNotInsertedTwiceAndNothingMakesRoomForIt() {
			Sandbox there = insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS));
			insert(TestSandboxes.warm("base"));
			assertThatExceptionOfType(StaleSandboxException.class)
				.isThrownBy(() -> store.insert(there, Admission.within(total(2)).evicting(NOW, RETRY)));
			assertThat(store.warm("base")).hasSize(1);
		}

		@Test
		void nobodyTakesTheSlotInBetween() throws Exception {
			for (int i = 0; i < 4; i++) {
				insert(TestSandboxes.warm("base"));
			}
			AtomicInteger turns = new AtomicInteger();
			List<Boolean> evicting = inParallel(16, () -> {
				boolean evicts = turns.getAndIncrement() % 4 == 0;
				try {
					if (evicts) {
						insertEvicting(4);
					}
					else {
						store.insert(TestSandboxes.provisioning("base", Owner.POOL), Admission.within(total(4)));
					}
					return evicts;
				}
				catch (SandboxLimitExceededException ex) {
					assertThat(evicts).isFalse();
					return false;
				}
			});
			assertThat(evicting.stream().filter((one) -> one)).hasSize(4);
			assertThat(store.poolCount("base", HASH)).isEqualTo(new PoolCount(0, 0, 0));
		}

	}

	@Nested
	class Claims {

		@Test
		void theOldestMemberIsHandedOutFirst() {
			Sandbox first = insert(TestSandboxes.warm("base"));
			Sandbox second = insert(TestSandboxes.warm("base"));
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).map(Sandbox::id).contains(first.id());
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).map(Sandbox::id).contains(second.id());
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).isEmpty();
		}

		@Test
		void theClaimedOneIsRunningBoundAndDue() {
			insert(TestSandboxes.warm("base"));
			Sandbox claimed = store.claimWarm("base", HASH, claim("s", NOW)).orElseThrow();
			assertThat(claimed.state()).isEqualTo(SandboxState.RUNNING);
			assertThat(claimed.owner()).isEqualTo(Owner.ANONYMOUS);
			assertThat(claimed.session()).isEqualTo("s");
			assertThat(claimed.timeline().deadline()).isEqualTo(NOW.plus(IDLE));
			assertThat(store.find(claimed.id())).contains(claimed);
			assertThat(store.bySession("s")).containsExactly(claimed);
		}

		@Test
		void theClaimedOneIsUntriedUntilThatIsNoted() {
			insert(TestSandboxes.warm("base"));
			Sandbox claimed = store.claimWarm("base", HASH, claim("s", NOW)).orElseThrow();
			assertThat(claimed.untried()).isTrue();
			assertThat(store.find(claimed.id()).orElseThrow().untried()).isTrue();
			store.touch(claimed.id(), NOW.plusSeconds(1), IDLE);
			assertThat(store.find(claimed.id()).orElseThrow().untried()).isTrue();
			assertThat(store.update(claimed.tried()).untried()).isFalse();
			assertThat(store.find(claimed.id()).orElseThrow().untried()).isFalse();
		}

		@Test
		void theClaimedOneHasWhatTheClaimSaysAndNothingElseChanges() {
			Sandbox warm = insert(TestSandboxes.warm("base"));
			SandboxRequest request = TestSandboxes.full("s").request();
			Claim claim = new Claim(new Owner("somebody"), request, NOW.plusNanos(7), IDLE, LIFETIME);
			assertThat(store.claimWarm("base", HASH, claim)).contains(warm.claimed(claim).atVersion(1));
		}

		@Test
		void aClaimWithoutLimitsInTimeIsNeverDue() {
			insert(TestSandboxes.warm("base"));
			Claim claim = new Claim(Owner.ANONYMOUS, SandboxRequest.PLAIN, NOW, Duration.ZERO, Duration.ZERO);
			Sandbox claimed = store.claimWarm("base", HASH, claim).orElseThrow();
			assertThat(claimed.timeline().deadline()).isNull();
			assertThat(store.due(NOW.plus(Duration.ofDays(36500)), 10)).isEmpty();
			assertThat(store.sessions()).isEmpty();
		}

		@Test
		void aClaimWithoutASessionIsDueAtTheEndOfItsLifetime() {
			insert(TestSandboxes.warm("base"));
			Claim claim = new Claim(Owner.ANONYMOUS, SandboxRequest.PLAIN, NOW, IDLE, LIFETIME);
			Sandbox claimed = store.claimWarm("base", HASH, claim).orElseThrow();
			assertThat(store.due(NOW.plus(LIFETIME).minusNanos(1), 10)).isEmpty();
			assertThat(store.due(NOW.plus(LIFETIME), 10)).containsExactly(claimed);
		}

		@Test
		void aChangedMemberKeepsItsPlaceInThePool() {
			Sandbox first = insert(TestSandboxes.warm("base"));
			insert(TestSandboxes.warm("base"));
			Sandbox changed = store.update(first.due(NOW.plusSeconds(1)));
			assertThat(store.warm("base").get(0)).isEqualTo(changed);
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).map(Sandbox::id).contains(first.id());
		}

		@Test
		void aMemberOfAnotherTypeIsNotHandedOut() {
			insert(TestSandboxes.warm("browser"));
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).isEmpty();
		}

		@Test
		void aStaleMemberIsNotHandedOut() {
			insert(TestSandboxes.warm("base"));
			assertThat(store.claimWarm("base", "hash-2", claim("s", NOW))).isEmpty();
		}

		@Test
		void aMemberThatIsStartingIsNotHandedOut() {
			insert(TestSandboxes.placed("base", Owner.POOL));
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).isEmpty();
		}

		@Test
		void aMemberThatBecameWarmLaterIsHandedOutLater() {
			Sandbox slow = insert(TestSandboxes.placed("base", Owner.POOL));
			Sandbox quick = insert(TestSandboxes.warm("base"));
			store.update(slow.warm(NOW));
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).map(Sandbox::id).contains(quick.id());
		}

		@Test
		void noMemberIsHandedOutTwice() throws Exception {
			for (int i = 0; i < 20; i++) {
				insert(TestSandboxes.warm("base"));
			}
			List<Optional<Sandbox>> claimed = inParallel(40, () -> store.claimWarm("base", HASH, claim("s", NOW)));
			List<SandboxId> ids = claimed.stream().flatMap(Optional::stream).map(Sandbox::id).toList();
			assertThat(ids).hasSize(20).doesNotHaveDuplicates();
		}

		@Test
		void aMemberThatIsClaimedCannotBeRemovedByWhoSawItWarm() {
			Sandbox warm = insert(TestSandboxes.warm("base"));
			store.claimWarm("base", HASH, claim("s", NOW));
			assertThatExceptionOfType(StaleSandboxException.class)
				.isThrownBy(() -> store.update(warm.releasing(NOW, NOW)));
		}

		@Test
		void thePoolIsCountedByWarmStartingAndStale() {
			insert(TestSandboxes.warm("base"));
			insert(TestSandboxes.warm("base"));
			insert(TestSandboxes.placed("base", Owner.POOL));
			insert(TestSandboxes.placed("base", Owner.ANONYMOUS));
			insert(TestSandboxes.warm("browser"));
			assertThat(store.poolCount("base", HASH)).isEqualTo(new PoolCount(2, 1, 0));
			assertThat(store.poolCount("base", "hash-2")).isEqualTo(new PoolCount(0, 1, 2));
			assertThat(store.warm("base")).hasSize(2);
		}

	}

	@Nested
	class SessionsAndTime {

		@Test
		void aSessionListsItsSandboxesOldestFirst() {
			Sandbox first = insert(TestSandboxes.running("base", "s"));
			Sandbox second = insert(TestSandboxes.running("base", "s"));
			insert(TestSandboxes.running("base", "other"));
			assertThat(store.bySession("s")).containsExactly(first, second);
			assertThat(store.sessions()).containsExactlyInAnyOrder("s", "other");
		}

		@Test
		void theNameOfASessionMayBeAnything() {
			for (String name : List.of("", "a:b", "{x}*?[y]", "\u0000\n\"'", "\u6c99\u7bb1 \ud83d\udce6")) {
				Sandbox sandbox = insert(TestSandboxes.running("base", name));
				assertThat(store.bySession(name)).containsExactly(sandbox);
				assertThat(store.sessions()).containsExactly(name);
				store.delete(sandbox);
				assertThat(store.sessions()).isEmpty();
			}
		}

		@Test
		void aReplacedSandboxLeavesItsSession() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Sandbox recycled = store.update(sandbox.recycled("idle", NOW, NOW));
			store.update(recycled.replacedBy(SandboxId.random(), NOW, NOW));
			assertThat(store.bySession("s")).isEmpty();
			assertThat(store.sessions()).isEmpty();
		}

		@Test
		void anUnknownSessionIsEmpty() {
			assertThat(store.bySession("none")).isEmpty();
		}

		@Test
		void aReleasedSandboxLeavesItsSession() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.update(sandbox.releasing(NOW, NOW));
			assertThat(store.bySession("s")).isEmpty();
			assertThat(store.sessions()).isEmpty();
		}

		@Test
		void aRecycledSandboxStaysInItsSession() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Sandbox recycled = store.update(sandbox.recycled("idle", NOW, NOW));
			assertThat(store.bySession("s")).containsExactly(recycled);
			assertThat(store.sessions()).containsExactly("s");
		}

		@Test
		void aUseMovesTheDeadlineOfTheWholeSession() {
			Sandbox first = insert(TestSandboxes.running("base", "s"));
			Sandbox second = insert(TestSandboxes.running("base", "s"));
			Instant later = NOW.plusSeconds(60);
			store.touch(first.id(), later, IDLE);
			for (Sandbox sandbox : List.of(first, second)) {
				Sandbox used = store.find(sandbox.id()).orElseThrow();
				assertThat(used.timeline().lastActiveAt()).isEqualTo(later);
				assertThat(used.timeline().deadline()).isEqualTo(later.plus(IDLE));
			}
			assertThat(store.due(NOW.plus(IDLE).plusSeconds(1), 10)).isEmpty();
		}

		@Test
		void aUseNeverMovesTheDeadlineBeyondTheLifetime() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.touch(sandbox.id(), NOW.plus(LIFETIME).minusSeconds(1), IDLE);
			assertThat(store.find(sandbox.id()).orElseThrow().timeline().deadline()).isEqualTo(NOW.plus(LIFETIME));
		}

		@Test
		void aUseWithoutAnIdleTimeLeavesOnlyTheLifetime() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.touch(sandbox.id(), NOW.plusSeconds(1), Duration.ZERO);
			Sandbox used = store.find(sandbox.id()).orElseThrow();
			assertThat(used.timeline().deadline()).isEqualTo(NOW.plus(LIFETIME));
			assertThat(used.timeline().lastActiveAt()).isEqualTo(NOW.plusSeconds(1));
			assertThat(used.version()).isEqualTo(sandbox.version());
		}

		@Test
		void aUseKeepsWhatIsStoppedButDoesNotReviveWhatIsRecycled() {
			Sandbox running = insert(TestSandboxes.running("base", "s"));
			Sandbox stopped = store.update(insert(TestSandboxes.running("base", "s")).stopped(NOW));
			Sandbox recycled = store.update(insert(TestSandboxes.running("base", "s")).recycled("idle", NOW, NOW));
			store.touch(running.id(), NOW.plusSeconds(60), IDLE);
			assertThat(store.find(stopped.id()).orElseThrow().timeline().lastActiveAt()).isEqualTo(NOW.plusSeconds(60));
			assertThat(store.find(recycled.id())).contains(recycled);
		}

		@Test
		void aUseOfWhatIsInNoSessionChangesNothing() {
			Sandbox warm = insert(TestSandboxes.warm("base"));
			store.touch(warm.id(), NOW.plusSeconds(60), IDLE);
			store.touch(SandboxId.random(), NOW, IDLE);
			assertThat(store.find(warm.id())).contains(warm);
		}

		@Test
		void aUseDoesNotMakeAnUpdateStaleAndIsKeptByIt() {
			Sandbox seen = insert(TestSandboxes.running("base", "s"));
			Instant later = NOW.plusSeconds(60);
			store.touch(seen.id(), later, IDLE);
			Sandbox stopped = store.update(seen.stopped(NOW));
			assertThat(stopped.timeline().lastActiveAt()).isEqualTo(later);
			assertThat(stopped.timeline().deadline()).isEqualTo(later.plus(IDLE));
		}

		@Test
		void aSandboxThatWasUsedMeanwhileIsNotRecycled() {
			Sandbox seen = insert(TestSandboxes.running("base", "s"));
			store.touch(seen.id(), NOW.plusSeconds(60), IDLE);
			assertThatExceptionOfType(StaleSandboxException.class)
				.isThrownBy(() -> store.update(seen.recycled("idle", NOW, NOW)));
			assertThat(store.find(seen.id()).orElseThrow().state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void whatIsDueComesInTheOrderOfItsDeadline() {
			Sandbox late = insert(TestSandboxes.running("base", "s").due(NOW.plusSeconds(20)));
			Sandbox early = insert(TestSandboxes.running("base", "s").due(NOW.plusSeconds(10)));
			insert(TestSandboxes.running("base", "s").due(NOW.plusSeconds(30)));
			assertThat(store.due(NOW.plusSeconds(20), 10)).extracting(Sandbox::id)
				.containsExactly(early.id(), late.id());
			assertThat(store.due(NOW.plusSeconds(20), 1)).extracting(Sandbox::id).containsExactly(early.id());
		}

		@Test
		void deadlinesAreExactToTheNanosecond() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s").due(NOW.plusNanos(1_500)));
			assertThat(store.due(NOW.plusNanos(1_499), 10)).isEmpty();
			assertThat(store.due(NOW.plusNanos(1_500), 10)).containsExactly(sandbox);
		}

		@Test
		void aWarmSandboxIsNeverDue() {
			insert(TestSandboxes.warm("base"));
			assertThat(store.due(NOW.plus(Duration.ofDays(365)), 10)).isEmpty();
		}

		@Test
		void anAttemptIsDueAtItsDeadline() {
			Sandbox attempt = insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS));
			assertThat(store.due(NOW.plusSeconds(179), 10)).isEmpty();
			assertThat(store.due(NOW.plusSeconds(180), 10)).extracting(Sandbox::id).containsExactly(attempt.id());
		}

		@Test
		void aMovedDeadlineIsNotDueAtTheOldTime() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.update(sandbox.due(NOW.plusSeconds(9999)));
			assertThat(store.due(NOW.plusSeconds(9998), 10)).isEmpty();
		}

	}

	@Nested
	class Leases {

		@Test
		void oneHolderHasALeaseAtATime() {
			assertThat(store.lease("fill", "one", ttl())).isPresent();
			assertThat(store.lease("fill", "two", ttl())).isEmpty();
			assertThat(store.lease("other", "two", ttl())).isPresent();
		}

		@Test
		void itsHolderRenewsItWithTheSameToken() {
			Lease first = store.lease("fill", "one", ttl()).orElseThrow();
			Lease again = store.lease("fill", "one", longTtl()).orElseThrow();
			assertThat(again.token()).isEqualTo(first.token());
			pass(ttl());
			assertThat(store.lease("fill", "two", ttl())).isEmpty();
		}

		@Test
		void anExpiredLeaseGoesToTheNextWithAHigherToken() {
			Lease first = store.lease("fill", "one", ttl()).orElseThrow();
			pass(ttl());
			Lease next = store.lease("fill", "two", ttl()).orElseThrow();
			assertThat(next.token()).isGreaterThan(first.token());
			assertThat(store.lease("fill", "one", ttl())).isEmpty();
		}

		@Test
		void aLeaseThatIsGivenUpIsFreeAtOnce() {
			Lease first = store.lease("fill", "one", ttl()).orElseThrow();
			store.giveUp(first);
			assertThat(store.lease("fill", "two", ttl())).get()
				.satisfies((next) -> assertThat(next.token()).isGreaterThan(first.token()));
		}

		@Test
		void aFormerHolderCannotGiveUpTheLeaseOfTheNext() {
			Lease first = store.lease("fill", "one", ttl()).orElseThrow();
			pass(ttl());
			store.lease("fill", "two", ttl());
			store.giveUp(first);
			assertThat(store.lease("fill", "three", ttl())).isEmpty();
		}

		@Test
		void itsHolderInsertsUnderIt() {
			Lease lease = store.lease("fill", "one", ttl()).orElseThrow();
			Sandbox first = insertUnder(lease);
			store.lease("fill", "one", longTtl());
			pass(ttl());
			Sandbox second = insertUnder(lease);
			assertThat(store.page(Optional.empty(), 10)).containsExactlyInAnyOrder(first, second);
		}

		@Test
		void theLimitHoldsUnderItToo() {
			Lease lease = store.lease("fill", "one", ttl()).orElseThrow();
			insertUnder(lease);
			assertThatExceptionOfType(SandboxLimitExceededException.class).isThrownBy(() -> store
				.insert(TestSandboxes.provisioning("base", Owner.POOL), Admission.within(total(1)).under(lease)));
		}

		@Test
		void aFormerHolderInsertsNothing() {
			Lease first = store.lease("fill", "one", ttl()).orElseThrow();
			pass(ttl());
			assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> insertUnder(first));
			Lease second = store.lease("fill", "two", ttl()).orElseThrow();
			assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> insertUnder(first))
				.withMessageContaining("one");
			store.giveUp(second);
			assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> insertUnder(second));
			assertThat(store.page(Optional.empty(), 10)).isEmpty();
		}

		@Test
		void aFormerHolderMakesNoRoomEither() {
			Sandbox warm = insert(TestSandboxes.warm("base"));
			Lease first = store.lease("restore", "one", ttl()).orElseThrow();
			Sandbox next = TestSandboxes.provisioning("base", Owner.ANONYMOUS);
			pass(ttl());
			store.lease("restore", "two", ttl());
			assertThatExceptionOfType(LeaseLostException.class)
				.isThrownBy(() -> store.insert(next, Admission.within(total(1)).under(first).evicting(NOW, NOW)));
			assertThat(store.find(next.id())).isEmpty();
			assertThat(store.warm("base")).containsExactly(warm);
		}

		@Test
		void itsHolderMakesRoomUnderIt() {
			Sandbox warm = insert(TestSandboxes.warm("base"));
			Lease lease = store.lease("restore", "one", ttl()).orElseThrow();
			Sandbox next = TestSandboxes.provisioning("base", Owner.ANONYMOUS);
			assertThat(store.insert(next, Admission.within(total(1)).under(lease).evicting(NOW, NOW)))
				.extracting(Sandbox::id)
				.containsExactly(warm.id());
			assertThat(store.find(next.id())).contains(next);
		}

		@Test
		void itsHolderChangesARecordUnderItAndAFormerOneDoesNot() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Lease first = store.lease("restore", "one", ttl()).orElseThrow();
			Sandbox stopped = store.updateUnder(first, sandbox.stopped(NOW));
			assertThat(stopped.version()).isEqualTo(sandbox.version() + 1);
			assertThatExceptionOfType(StaleSandboxException.class)
				.isThrownBy(() -> store.updateUnder(first, sandbox.stopped(NOW)));
			store.giveUp(first);
			assertThatExceptionOfType(LeaseLostException.class)
				.isThrownBy(() -> store.updateUnder(first, stopped.releasing(NOW, NOW)));
			assertThat(store.find(sandbox.id())).contains(stopped);
		}

		@Test
		void whoWaitsForALeaseIsToldWhenItIsGivenUp() throws Exception {
			Lease lease = store.lease("restore", "one", ttl()).orElseThrow();
			CountDownLatch told = new CountDownLatch(1);
			try (SandboxStore.Subscription waiting = store.onSignal(SandboxStore.LEASE_GIVEN_UP, told::countDown)) {
				store.giveUp(lease);
				assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
			}
		}

		private Sandbox insertUnder(Lease lease) {
			Sandbox member = TestSandboxes.provisioning("base", Owner.POOL);
			store.insert(member, Admission.within(UNLIMITED).under(lease));
			return member;
		}

	}

	@Nested
	class SignalsOfChange {

		@Test
		void aListenerHearsOfItsTopicOnly() throws Exception {
			CountDownLatch heard = new CountDownLatch(1);
			AtomicInteger other = new AtomicInteger();
			try (SandboxStore.Subscription pool = store.onSignal("pool", heard::countDown);
					SandboxStore.Subscription slots = store.onSignal("slots", other::incrementAndGet)) {
				store.signal("pool");
				assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
				assertThat(other).hasValue(0);
			}
		}

		@Test
		void aSignalWhileAListenerActsIsNotLost() throws Exception {
			CountDownLatch acting = new CountDownLatch(1);
			CountDownLatch goOn = new CountDownLatch(1);
			CountDownLatch twice = new CountDownLatch(2);
			try (SandboxStore.Subscription pool = store.onSignal("pool", () -> {
				acting.countDown();
				awaitQuietly(goOn);
				twice.countDown();
			})) {
				store.signal("pool");
				assertThat(acting.await(10, TimeUnit.SECONDS)).isTrue();
				store.signal("pool");
				goOn.countDown();
				assertThat(twice.await(10, TimeUnit.SECONDS)).isTrue();
			}
		}

		@Test
		void aListenerThatFailsHearsTheNextSignal() throws Exception {
			CountDownLatch twice = new CountDownLatch(2);
			try (SandboxStore.Subscription pool = store.onSignal("pool", () -> {
				twice.countDown();
				throw new IllegalStateException("on purpose");
			})) {
				store.signal("pool");
				awaitCount(twice, 1);
				store.signal("pool");
				assertThat(twice.await(10, TimeUnit.SECONDS)).isTrue();
			}
		}

	}

	@Nested
	class LimitsOfTypes {

		@Test
		void aTypeIsHeldToItsOwnLimit() {
			insert(TestSandboxes.warm("base"));
			insert(TestSandboxes.running("browser", "s"));
			SlotLimits one = new SlotLimits(0, 1);
			assertThatExceptionOfType(SandboxLimitExceededException.class)
				.isThrownBy(() -> store.insert(TestSandboxes.provisioning("base", Owner.POOL), Admission.within(one)))
				.withMessageContaining("1 of at most 1 of this type");
			store.insert(TestSandboxes.provisioning("gui", Owner.POOL), Admission.within(one));
		}

		@Test
		void whatLeavesItsSlotLeavesThatOfItsTypeToo() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			store.update(sandbox.releasing(NOW, NOW));
			store.insert(TestSandboxes.running("base", "t"), Admission.within(new SlotLimits(0, 1)));
		}

		@Test
		void onlyAMemberOfTheTypeMakesRoomForIt() {
			Sandbox older = insert(TestSandboxes.warm("browser"));
			insert(TestSandboxes.running("base", "s"));
			Sandbox next = TestSandboxes.provisioning("base", Owner.ANONYMOUS);
			assertThatExceptionOfType(SandboxLimitExceededException.class)
				.isThrownBy(() -> store.insert(next, Admission.within(new SlotLimits(0, 1)).evicting(NOW, NOW)))
				.withMessageContaining("of this type");
			Sandbox member = insert(TestSandboxes.warm("base"));
			assertThat(store.insert(next, Admission.within(new SlotLimits(0, 2)).evicting(NOW, NOW)))
				.extracting(Sandbox::id)
				.containsExactly(member.id());
			assertThat(store.find(older.id())).contains(older);
		}

		@Test
		void oneThatMakesRoomForItsTypeMakesRoomAltogether() {
			Sandbox older = insert(TestSandboxes.warm("browser"));
			Sandbox member = insert(TestSandboxes.warm("base"));
			Sandbox next = TestSandboxes.provisioning("base", Owner.ANONYMOUS);
			assertThat(store.insert(next, Admission.within(new SlotLimits(2, 1)).evicting(NOW, NOW)))
				.extracting(Sandbox::id)
				.containsExactly(member.id());
			Sandbox last = TestSandboxes.provisioning("base", Owner.ANONYMOUS);
			assertThat(store.insert(last, Admission.within(new SlotLimits(2, 2)).evicting(NOW, NOW)))
				.extracting(Sandbox::id)
				.containsExactly(older.id());
		}

		@Test
		void manyAtOnceNeverPassEitherLimit() throws Exception {
			List<Boolean> done = inParallel(16, () -> {
				try {
					store.insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS),
							Admission.within(new SlotLimits(12, 5)));
					return true;
				}
				catch (SandboxLimitExceededException ex) {
					return false;
				}
			});
			assertThat(done.stream().filter((one) -> one)).hasSize(5);
		}

	}

	@Nested
	class Queues {

		private final Waiter first = waiter("first");

		private final Waiter second = waiter("second");

		private Waiter waiter(String id) {
			return new Waiter(id, 2, longTtl());
		}

		private Turn ask(Waiter waiter) {
			return store.claimInTurn("base", HASH, claim("s", NOW), waiter);
		}

		@Test
		void whoWaitsHasAPlaceInTheOrderOfArrival() {
			Turn one = ask(this.first);
			Turn two = ask(this.second);
			assertThat(one.place()).isOne();
			assertThat(two.place()).isEqualTo(2);
			assertThat(two.waiting()).isEqualTo(2);
			assertThat(two.number()).isGreaterThan(one.number());
			assertThat(ask(this.first).number()).isEqualTo(one.number());
			assertThat(ask(this.second).place()).isEqualTo(2);
			assertThat(store.poolCount("base", HASH).waiting()).isEqualTo(2);
		}

		@Test
		void nobodyOvertakes() {
			ask(this.first);
			ask(this.second);
			insert(TestSandboxes.warm("base"));
			assertThat(ask(this.second).sandbox()).isEmpty();
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).isEmpty();
			assertThat(ask(this.first).sandbox()).isPresent();
			insert(TestSandboxes.warm("base"));
			assertThat(ask(this.second).sandbox()).isPresent();
			assertThat(store.poolCount("base", HASH).waiting()).isZero();
		}

		@Test
		void whoeverThereIsAMemberForGetsOne() {
			ask(this.first);
			insert(TestSandboxes.warm("base"));
			Sandbox other = insert(TestSandboxes.warm("base"));
			assertThat(store.claimWarm("base", HASH, claim("s", NOW))).isPresent();
			assertThat(ask(this.first).sandbox()).map(Sandbox::id).contains(other.id());
		}

		@Test
		void theQueueIsBounded() {
			ask(this.first);
			ask(this.second);
			Turn third = ask(waiter("third"));
			assertThat(third.isRefused()).isTrue();
			assertThat(third.waiting()).isEqualTo(2);
			assertThat(ask(this.first).isRefused()).isFalse();
		}

		@Test
		void whoLeavesMakesRoom() {
			ask(this.first);
			ask(this.second);
			store.leaveQueue("base", this.first);
			store.leaveQueue("base", waiter("unknown"));
			assertThat(ask(this.second).place()).isOne();
			assertThat(ask(waiter("third")).place()).isEqualTo(2);
		}

		@Test
		void whoFallsSilentLosesHisPlace() {
			ask(new Waiter("first", 2, ttl()));
			ask(this.second);
			assertThat(store.poolCount("base", HASH).waiting()).isEqualTo(2);
			pass(ttl());
			assertThat(store.poolCount("base", HASH).waiting()).isOne();
			insert(TestSandboxes.warm("base"));
			assertThat(ask(this.second).sandbox()).isPresent();
		}

		@Test
		void aQueueIsThatOfOneType() {
			ask(this.first);
			insert(TestSandboxes.warm("browser"));
			assertThat(store.claimWarm("browser", HASH, claim("s", NOW))).isPresent();
		}

	}

	@Nested
	class UsedAgain {

		private static final int MOST = 2;

		private final Owner owner = new Owner("somebody");

		private Optional<Sandbox> claimFor(Owner whom) {
			return store.claimWarm("base", HASH, new Claim(whom, TestSandboxes.request("s"), NOW, IDLE, LIFETIME));
		}

		private Sandbox releasing() {
			return insert(TestSandboxes.running("base", "s").releasing(NOW, NOW));
		}

		private boolean putBack(Sandbox releasing, Sandbox member, SlotLimits limits) {
			return store.putBack(releasing.passedOn(NOW, NOW.plusSeconds(9)), member, limits, MOST);
		}

		private Sandbox again(Sandbox releasing) {
			SandboxId id = SandboxId.random();
			return releasing.again(id, "test-" + id, NOW);
		}

		@Test
		void aContainerComesBackAsAnotherSandbox() {
			Sandbox releasing = releasing();
			Sandbox member = again(releasing);
			assertThat(putBack(releasing, member, UNLIMITED)).isTrue();
			assertThat(store.find(releasing.id())).map(Sandbox::state).contains(SandboxState.RELEASED);
			assertThat(store.find(member.id())).contains(member);
			assertThat(store.findByRef(member.requirePlacement().ref())).contains(member);
			store.delete(now(releasing));
			assertThat(store.findByRef(member.requirePlacement().ref())).contains(member);
		}

		@Test
		void onlyTheOwnerWhoUsedItGetsIt() {
			insert(TestSandboxes.used("base", this.owner));
			assertThat(claimFor(Owner.ANONYMOUS)).isEmpty();
			assertThat(claimFor(this.owner)).isPresent();
		}

		@Test
		void itsOwnerGetsItBeforeAFreshOne() {
			Sandbox fresh = insert(TestSandboxes.warm("base"));
			Sandbox used = insert(TestSandboxes.used("base", this.owner));
			Sandbox claimed = claimFor(this.owner).orElseThrow();
			assertThat(claimed.id()).isEqualTo(used.id());
			assertThat(claimed.turns()).isEqualTo(2);
			assertThat(claimFor(this.owner)).map(Sandbox::id).contains(fresh.id());
		}

		@Test
		void itIsCountedApart() {
			insert(TestSandboxes.used("base", this.owner));
			insert(TestSandboxes.warm("base"));
			assertThat(store.poolCount("base", HASH)).isEqualTo(new PoolCount(1, 0, 0, 1, Optional.empty(), 0));
			assertThat(store.poolCount("base", "hash-2").stale()).isEqualTo(2);
			assertThat(store.warm("base")).hasSize(2);
		}

		@Test
		void aFullPoolTakesNothingBack() {
			insert(TestSandboxes.warm("base"));
			insert(TestSandboxes.placed("base", Owner.POOL));
			Sandbox releasing = releasing();
			assertThat(putBack(releasing, again(releasing), UNLIMITED)).isFalse();
			assertThat(store.find(releasing.id())).contains(releasing);
		}

		@Test
		void neitherDoesOneWithoutASlot() {
			insert(TestSandboxes.running("base", "t"));
			Sandbox releasing = releasing();
			assertThat(putBack(releasing, again(releasing), total(1))).isFalse();
			assertThat(putBack(releasing, again(releasing), new SlotLimits(0, 1))).isFalse();
			assertThat(putBack(releasing, again(releasing), total(2))).isTrue();
		}

		@Test
		void whatChangedMeanwhileDoesNotComeBack() {
			Sandbox releasing = releasing();
			store.update(releasing.due(NOW.plusSeconds(1)));
			Sandbox member = again(releasing);
			assertThatExceptionOfType(StaleSandboxException.class)
				.isThrownBy(() -> putBack(releasing, member, UNLIMITED));
			assertThat(store.find(member.id())).isEmpty();
		}

	}

	@Nested
	class BoundsOfPools {

		@Test
		void theyAreThereOnceTheyAreSet() throws Exception {
			assertThat(store.poolCount("base", HASH).bounds()).isEmpty();
			store.setPoolBounds("base", Optional.of(new PoolBounds(2, 7)));
			assertThat(store.poolCount("base", HASH).bounds()).contains(new PoolBounds(2, 7));
			assertThat(store.poolCount("browser", HASH).bounds()).isEmpty();
			store.setPoolBounds("base", Optional.empty());
			assertThat(store.poolCount("base", HASH).bounds()).isEmpty();
		}

	}

	@Nested
	class Tickets {

		@Test
		void theKeyIsOneThatStays() {
			String key = store.ticketBook(List.of()).key();
			assertThat(key).matches("[0-9a-f]{64}");
			assertThat(store.ticketBook(List.of("t")).key()).isEqualTo(key);
		}

		@Test
		void ofManyWhoAskFirstAllGetTheSameKey() throws Exception {
			List<String> keys = inParallel(16, () -> store.ticketBook(List.of()).key());
			assertThat(new HashSet<>(keys)).hasSize(1);
		}

		@Test
		void onlyWhatWasRevokedIsRevoked() {
			assertThat(store.ticketBook(List.of("a", "b")).revoked()).isEmpty();
			store.revokeTicket("a", ttl());
			store.revokeTicket("a", ttl());
			assertThat(store.ticketBook(List.of("a", "b")).revoked()).containsExactly("a");
			assertThat(store.ticketBook(List.of("b")).revoked()).isEmpty();
		}

		@Test
		void whatHasEndedByItselfIsForgotten() {
			store.revokeTicket("a", ttl());
			store.revokeTicket("b", longTtl());
			assertThat(store.ticketBook(List.of("a", "b")).revoked()).containsExactlyInAnyOrder("a", "b");
			pass(ttl());
			assertThat(store.ticketBook(List.of("a", "b")).revoked()).containsExactly("b");
			store.revokeTicket("c", longTtl());
			assertThat(store.ticketBook(List.of("a", "b", "c")).revoked()).containsExactlyInAnyOrder("b", "c");
		}

		@Test
		void aRevocationIsToldOnceItIsSo() throws Exception {
			CountDownLatch seen = new CountDownLatch(1);
			store.onSignal(SandboxStore.TICKETS_REVOKED, () -> {
				if (store.ticketBook(List.of("a")).revoked().contains("a")) {
					seen.countDown();
				}
			});
			store.revokeTicket("a", ttl());
			assertThat(seen.await(5, TimeUnit.SECONDS)).isTrue();
		}

	}

	@Nested
	class Containers {

		@Test
		void thoseAreFoundThatRecordsCountOn() {
			Sandbox running = insert(TestSandboxes.running("base", "s"));
			Sandbox warm = insert(TestSandboxes.warm("base"));
			insert(TestSandboxes.provisioning("base", Owner.POOL));
			assertThat(store.containers("engine-1")).isEqualTo(
					Map.of(running.requirePlacement().ref(), running.id(), warm.requirePlacement().ref(), warm.id()));
			assertThat(store.containers("engine-2")).isEmpty();
		}

		@Test
		void theyAreForgottenWithWhatNeededThem() {
			Sandbox released = insert(TestSandboxes.running("base", "s"));
			Sandbox recycled = insert(TestSandboxes.running("base", "s"));
			Sandbox deleted = insert(TestSandboxes.warm("base"));
			Sandbox releasing = store.update(released.releasing(NOW, NOW));
			assertThat(store.containers("engine-1")).hasSize(3);
			store.update(releasing.released(NOW, NOW));
			store.update(recycled.recycled("idle", NOW, NOW));
			store.delete(deleted);
			assertThat(store.containers("engine-1")).isEmpty();
		}

		@Test
		void oneThatIsPassedOnIsTheOtherOnes() {
			Sandbox releasing = insert(TestSandboxes.running("base", "s").releasing(NOW, NOW));
			SandboxId id = SandboxId.random();
			Sandbox member = releasing.again(id, "test-" + id, NOW);
			store.putBack(releasing.passedOn(NOW, NOW), member, UNLIMITED, 9);
			store.delete(now(releasing));
			assertThat(store.containers("engine-1")).containsValue(id).hasSize(1);
		}

		@Test
		void manyAreReadInParts() {
			Map<String, SandboxId> all = new HashMap<>();
			for (int i = 0; i < 2000; i++) {
				Sandbox warm = insert(TestSandboxes.warm("base"));
				all.put(warm.requirePlacement().ref(), warm.id());
			}
			ContainerPage first = store.containers("engine-1", Optional.empty(), 100);
			assertThat(first.next()).isPresent();
			assertThat(first.records()).hasSizeLessThan(2000).isNotEmpty();
			assertThat(store.containers("engine-1")).isEqualTo(all);
		}

		@Test
		void oneOnAnotherEngineIsFoundThere() {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			Placement there = sandbox.requirePlacement();
			store.update(sandbox.resumed(new Placement("engine-2", "elsewhere", there.endpoint()), NOW));
			assertThat(store.containers("engine-1")).isEmpty();
			assertThat(store.containers("engine-2")).containsKey("elsewhere");
		}

	}

	@Nested
	class Makers {

		@Test
		void whatIsBeingMadeGetsMoreTime() {
			Sandbox making = insert(TestSandboxes.provisioning("base", Owner.POOL).due(NOW.plusSeconds(20)));
			store.prolong(making.id(), NOW.plusSeconds(40));
			assertThat(store.due(NOW.plusSeconds(30), 9)).isEmpty();
			assertThat(store.due(NOW.plusSeconds(40), 9)).hasSize(1);
			store.update(making.placed(TestSandboxes.placement("ref"), NOW));
		}

		@Test
		void soDoesWhatIsBeingReset() {
			Sandbox running = insert(TestSandboxes.running("base", "s"));
			Sandbox releasing = store.update(running.releasing(NOW, NOW.plusSeconds(10)));
			store.prolong(releasing.id(), NOW.plusSeconds(20));
			assertThat(store.due(NOW.plusSeconds(15), 9)).isEmpty();
			store.update(releasing.released(NOW, NOW.plusSeconds(60)));
		}

		@Test
		void soDoesWhoseContainerIsBeingRemoved() {
			Sandbox idle = insert(TestSandboxes.running("base", "s"));
			Sandbox lost = insert(TestSandboxes.running("base", "t"));
			Sandbox recycled = store.update(idle.recycled("idle", NOW, NOW.plusSeconds(10)));
			Sandbox failed = store.update(lost.failed("lost", NOW, NOW.plusSeconds(10)));
			store.prolong(recycled.id(), NOW.plusSeconds(20));
			store.prolong(failed.id(), NOW.plusSeconds(20));
			assertThat(store.due(NOW.plusSeconds(15), 9)).isEmpty();
			store.update(recycled.cleared(NOW.plusSeconds(16)));
			store.update(failed.cleared(NOW.plusSeconds(16)));
			store.prolong(recycled.id(), NOW.plusSeconds(40));
			store.prolong(failed.id(), NOW.plusSeconds(40));
			assertThat(store.due(NOW.plusSeconds(16), 9)).hasSize(2);
		}

		@Test
		void timeIsNeverTaken() {
			Sandbox making = insert(TestSandboxes.provisioning("base", Owner.POOL).due(NOW.plusSeconds(20)));
			store.prolong(making.id(), NOW.plusSeconds(10));
			assertThat(store.due(NOW.plusSeconds(15), 9)).isEmpty();
		}

		@Test
		void whatIsMadeGetsNone() {
			Sandbox running = insert(TestSandboxes.running("base", "s").due(NOW.plusSeconds(20)));
			store.prolong(running.id(), NOW.plusSeconds(40));
			store.prolong(SandboxId.random(), NOW.plusSeconds(40));
			assertThat(store.due(NOW.plusSeconds(20), 9)).containsExactly(running);
		}

	}

	@Nested
	class ChangesOfPools {

		private final AtomicInteger changes = new AtomicInteger();

		/** How many changes were told of what is done here: none, or one or more. */
		private boolean isTold(Runnable step) throws Exception {
			CountDownLatch before = new CountDownLatch(1);
			CountDownLatch after = new CountDownLatch(1);
			try (SandboxStore.Subscription first = store.onSignal("before", before::countDown);
					SandboxStore.Subscription last = store.onSignal("after", after::countDown)) {
				store.signal("before");
				assertThat(before.await(10, TimeUnit.SECONDS)).isTrue();
				try (SandboxStore.Subscription pools = store.onSignal(SandboxStore.POOLS_CHANGED,
						this.changes::incrementAndGet)) {
					step.run();
					store.signal("after");
					assertThat(after.await(10, TimeUnit.SECONDS)).isTrue();
				}
			}
			return this.changes.getAndSet(0) > 0;
		}

		@Test
		void aNewMemberIsToldOnceItIsReady() throws Exception {
			Sandbox member = TestSandboxes.placed("base", Owner.POOL);
			assertThat(isTold(() -> insert(member))).isFalse();
			assertThat(isTold(() -> store.update(member.warm(NOW)))).isTrue();
		}

		@Test
		void aClaimIsNotToldAndOneInVainOnlyToThoseWhoFill() throws Exception {
			insert(TestSandboxes.warm("base"));
			assertThat(isTold(() -> store.claimWarm("base", HASH, claim("s", NOW)))).isFalse();
			assertThat(isTold(() -> store.claimWarm("base", HASH, claim("s", NOW)))).isFalse();
			CountDownLatch wanted = new CountDownLatch(1);
			try (SandboxStore.Subscription fillers = store.onSignal(SandboxStore.MEMBER_WANTED, wanted::countDown)) {
				store.claimWarm("base", HASH, claim("s", NOW));
				assertThat(wanted.await(10, TimeUnit.SECONDS)).isTrue();
			}
		}

		@Test
		void aSlotThatBecomesFreeIsTold() throws Exception {
			Sandbox first = insert(TestSandboxes.running("base", "s"));
			Sandbox second = insert(TestSandboxes.provisioning("base", Owner.POOL));
			assertThat(isTold(() -> store.update(first.releasing(NOW, NOW)))).isTrue();
			assertThat(isTold(() -> store.delete(now(first)))).isFalse();
			assertThat(isTold(() -> store.delete(second))).isTrue();
		}

		@Test
		void aMemberThatMakesRoomIsTold() throws Exception {
			insert(TestSandboxes.warm("base"));
			Sandbox next = TestSandboxes.provisioning("base", Owner.ANONYMOUS);
			assertThat(isTold(() -> store.insert(next, Admission.within(total(1)).evicting(NOW, NOW)))).isTrue();
		}

		@Test
		void whatChangesNoPoolIsNotTold() throws Exception {
			Sandbox sandbox = insert(TestSandboxes.running("base", "s"));
			assertThat(isTold(() -> store.touch(sandbox.id(), NOW.plusSeconds(1), IDLE))).isFalse();
			assertThat(isTold(() -> store.update(sandbox.stopped(NOW)))).isFalse();
			assertThat(isTold(() -> store.insert(TestSandboxes.provisioning("base", Owner.ANONYMOUS),
					Admission.within(total(9)).evicting(NOW, NOW))))
				.isFalse();
			assertThat(isTold(() -> store.lease("fill", "one", ttl()))).isFalse();
		}

	}

	@Test
	void warmMembersOfAllTypesAreFoundTogether() {
		Sandbox first = insert(TestSandboxes.warm("base"));
		Sandbox second = insert(TestSandboxes.warm("browser"));
		insert(TestSandboxes.running("base", "s"));
		assertThat(store.warm()).containsExactlyInAnyOrder(first, second);
	}

	@Nested
	class Servers {

		@Test
		void serversOnOneEngineShareTheState() {
			store.register("one", "engine-1", Instant.now(), ttl());
			store.register("two", "engine-1", Instant.now(), ttl());
			store.register("one", "engine-1", Instant.now(), ttl());
			assertThat(store.deregister("one", ttl())).isEmpty();
			assertThat(store.deregister("two", ttl())).isPresent();
		}

		@Test
		void aServerOnAnotherEngineIsRefusedWithBothEnginesAndTheOtherServer() {
			store.register("one", "engine-1", Instant.now(), ttl());
			assertThatExceptionOfType(EngineMismatchException.class)
				.isThrownBy(() -> store.register("two", "engine-2", Instant.now(), ttl()))
				.withMessageContainingAll("engine-1", "engine-2", "one");
			assertThat(store.deregister("one", ttl())).isPresent();
			store.register("two", "engine-2", Instant.now(), ttl());
		}

		@Test
		void aServerThatIsAloneMayMoveToAnotherEngine() {
			store.register("one", "engine-1", Instant.now(), ttl());
			store.register("one", "engine-2", Instant.now(), ttl());
			assertThatExceptionOfType(EngineMismatchException.class)
				.isThrownBy(() -> store.register("two", "engine-1", Instant.now(), ttl()));
		}

		@Test
		void aServerThatIsSilentForTooLongCountsNoMore() {
			store.register("one", "engine-1", Instant.now(), ttl());
			store.register("two", "engine-1", Instant.now(), longTtl());
			pass(ttl());
			assertThat(store.deregister("two", ttl())).isPresent();
			store.register("three", "engine-2", Instant.now(), ttl());
		}

		@Test
		void aServerThatWasNeverThereLeavesTheOthers() {
			assertThat(store.deregister("none", ttl())).isPresent();
			store.register("one", "engine-1", Instant.now(), ttl());
			assertThat(store.deregister("none", ttl())).isEmpty();
		}

		@Test
		void ofManyThatLeaveAtOnceOneIsTheLast() throws Exception {
			for (int i = 0; i < 8; i++) {
				store.register("server-" + i, "engine-1", Instant.now(), ttl().multipliedBy(10));
			}
			AtomicInteger turns = new AtomicInteger();
			List<Boolean> last = inParallel(8,
					() -> store.deregister("server-" + turns.getAndIncrement(), ttl()).isPresent());
			assertThat(last).containsOnlyOnce(true);
		}

		@Test
		void theLastRemovesUnderALeaseThatEndsByItself() {
			Sandbox first = insert(TestSandboxes.running("base", "s"));
			Sandbox second = insert(TestSandboxes.running("base", "t"));
			store.register("one", "engine-1", Instant.now(), ttl());
			Lease cleanup = store.deregister("one", ttl()).orElseThrow();
			assertThat(store.updateUnder(cleanup, first.releasing(NOW, NOW)).state()).isEqualTo(SandboxState.RELEASING);
			pass(ttl());
			assertThatExceptionOfType(LeaseLostException.class)
				.isThrownBy(() -> store.updateUnder(cleanup, second.releasing(NOW, NOW)));
		}

		@Test
		void whoComesAfterTheLastKeepsWhatIsThere() {
			Sandbox running = insert(TestSandboxes.running("base", "s"));
			store.register("one", "engine-1", Instant.now(), ttl());
			Lease cleanup = store.deregister("one", ttl()).orElseThrow();
			store.register("two", "engine-1", Instant.now(), ttl());
			assertThatExceptionOfType(LeaseLostException.class)
				.isThrownBy(() -> store.updateUnder(cleanup, running.releasing(NOW, NOW)));
			assertThat(store.find(running.id())).contains(running);
		}

		@Test
		void whileTheLastCleansUpNobodyElseDoes() {
			Sandbox running = insert(TestSandboxes.running("base", "s"));
			store.register("one", "engine-1", Instant.now(), ttl());
			store.register("two", "engine-1", Instant.now(), ttl());
			assertThat(store.deregister("one", ttl())).isEmpty();
			Lease cleanup = store.deregister("two", ttl()).orElseThrow();
			store.deregister("one", ttl());
			assertThat(store.updateUnder(cleanup, running.releasing(NOW, NOW)).state())
				.isEqualTo(SandboxState.RELEASING);
		}

		@Test
		void theStateStaysTheSame() {
			Incarnation first = store.incarnation();
			insert(TestSandboxes.warm("base"));
			assertThat(store.warm("base")).hasSize(1);
			assertThat(store.incarnation()).isEqualTo(first);
		}

	}

	private static void awaitCount(CountDownLatch latch, long count) throws InterruptedException {
		for (int i = 0; i < 1000 && latch.getCount() > count; i++) {
			TimeUnit.MILLISECONDS.sleep(5);
		}
		assertThat(latch.getCount()).isEqualTo(count);
	}

	private static void awaitQuietly(CountDownLatch latch) {
		try {
			latch.await(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static <T> List<T> inParallel(int times, Callable<T> action) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(times);
		try {
			List<T> results = new ArrayList<>();
			for (Future<T> result : threads.invokeAll(Collections.nCopies(times, action))) {
				results.add(result.get());
			}
			return results;
		}
		finally {
			threads.shutdownNow();
		}
	}

}
