package io.sandboxmanager.pool;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.PortTakenException;
import io.sandboxmanager.backend.testing.Faults;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.PoolStatus;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxNotConnectedException;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SlotLimits;

import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

/** How the pools are filled and kept. */
class WarmPoolsTests {

	private static final int SIZE = 3;

	@TempDir
	private Path folder;

	private World world;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, SIZE, 0);
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	private PoolStatus count() {
		return this.world.pools.status().get(0);
	}

	private static void assertFull(World world) {
		PoolStatus status = world.pools.status().get(0);
		assertThat(List.of(status.warm(), status.starting(), status.stale())).containsExactly(SIZE, 0, 0);
	}

	private Optional<Sandbox> claim() {
		return this.world.pools.take("base", TestSandboxes.claim("s", NOW), () -> false);
	}

	@Test
	void thePoolIsFilledToItsSizeAndNotBeyond() {
		this.world.fill();
		this.world.fill();
		assertFull(this.world);
		assertThat(this.world.backend.size()).isEqualTo(SIZE);
	}

	@Test
	void manyWakeUpsAtOnceDoNotOverfill() {
		for (int i = 0; i < 20; i++) {
			this.world.pools.wake();
		}
		this.world.runBackground();
		assertThat(this.world.backend.size()).isEqualTo(SIZE);
	}

	@Test
	void whatOthersMakeCountsBesideWhatIsAboutToBeMadeHere() {
		this.world.store.insert(TestSandboxes.provisioning("base", Owner.POOL), Admission.within(SlotLimits.NONE));
		CountDownLatch held = new CountDownLatch(SIZE - 1);
		CountDownLatch go = new CountDownLatch(1);
		for (int i = 0; i < SIZE - 1; i++) {
			this.world.storeFaults.beforeNext("insert", 1, () -> {
				held.countDown();
				await().until(() -> go.getCount() == 0);
			});
		}
		this.world.pools.wake();
		this.world.runNextInBackground();
		List<CompletableFuture<Void>> makers = Stream
			.generate(() -> CompletableFuture.runAsync(this.world::runNextInBackground))
			.limit(SIZE - 1)
			.toList();
		await().until(() -> held.getCount() == 0);
		this.world.pools.wake();
		this.world.runBackground();
		go.countDown();
		makers.forEach(CompletableFuture::join);
		this.world.runBackground();
		assertThat(this.world.backend.size()).isEqualTo(SIZE - 1);
	}

	@Test
	void aServerThatHasLostTheRightToFillMakesNothing() {
		this.world.pools.wake();
		this.world.runNextInBackground();
		this.world.clock.advance(Duration.ofSeconds(3));
		Lease other = this.world.store.lease("fill:base", "other", Duration.ofSeconds(3)).orElseThrow();
		this.world.runBackground();
		assertThat(this.world.backend.size()).isZero();
		assertThat(this.world.pools.status().get(0).lastFailure()).isNull();
		this.world.store.giveUp(other);
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	@Test
	void aServerThatDoesNotFillHandsOutWhatAnotherHasMade() {
		this.world.fill();
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			assertThat(this.world.store.lease("fill:base", "server", Duration.ofSeconds(3))).isPresent();
			others.wake();
			this.world.runBackground();
			assertThat(others.claim("base", TestSandboxes.claim("s", NOW))).isPresent();
		}
	}

	@Test
	void whatOneServerHandsOutIsReplacedByTheOneThatFills() {
		this.world.fill();
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			others.wake();
			this.world.runBackground();
			assertThat(others.claim("base", TestSandboxes.claim("s", NOW))).isPresent();
			assertThat(this.world.store.lease("fill:base", "other", Duration.ofSeconds(3))).isEmpty();
			await().untilAsserted(() -> {
				this.world.runBackground();
				assertThat(count().warm()).isEqualTo(SIZE);
			});
		}
	}

	@Test
	void aTypeWithoutPoolHasNothingToClaim() {
		assertThat(this.world.pools.claim("browser", TestSandboxes.claim("s", NOW))).isEmpty();
	}

	@Test
	void aClaimIsReplaced() {
		this.world.fill();
		assertThat(claim()).isPresent();
		assertThat(this.world.pools.status().get(0)).satisfies((status) -> {
			assertThat(status.hits()).isOne();
			assertThat(status.misses()).isZero();
		});
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
		assertThat(this.world.backend.size()).isEqualTo(SIZE + 1);
	}

	@Test
	void aFailureIsToldAndTriedAgainAfterAPause() {
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		this.world.fill();
		int tries = this.world.backend.faults().calls(Operation.START);
		assertThat(this.world.pools.status().get(0).lastFailure()).contains("gone");
		this.world.fill();
		assertThat(this.world.backend.faults().calls(Operation.START)).isEqualTo(tries);
		this.world.backend.faults().clear();
		this.world.clock.advance(Duration.ofMinutes(1));
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
		assertThat(this.world.pools.status().get(0).lastFailure()).isNull();
	}

	@Test
	void aFailureIsOverWhenNothingIsWantingAnyMore() {
		this.world.fill();
		this.world.backend.faults().failNext(Operation.PREPARE_IMAGE, new EngineUnreachableException("gone", null));
		this.world.fill();
		assertThat(count().lastFailure()).contains("gone");
		this.world.clock.advance(Duration.ofMinutes(1));
		this.world.fill();
		assertThat(count().lastFailure()).isNull();
	}

	@Test
	void aFailureOfManyAtOnceDelaysThePoolByOnePauseOnly() {
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		this.world.fill();
		assertThat(this.world.backend.faults().calls(Operation.START)).isEqualTo(SIZE);
		this.world.backend.faults().clear();
		this.world.clock.advance(Duration.ofMillis(500));
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	@Test
	void howeverLongTheEngineWasAwayThePoolIsFilledTenSecondsLater() {
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		for (int i = 0; i < 20; i++) {
			this.world.fill();
			this.world.clock.advance(Duration.ofSeconds(10));
		}
		this.world.fill();
		this.world.backend.faults().clear();
		this.world.clock.advance(Duration.ofSeconds(10));
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	@Test
	void aTimeWithoutTheStateIsToldAndDelaysNothingOnceItIsBack() {
		this.world.storeFaults.failNext("lease", new StateUnavailableException("away", null));
		this.world.fill();
		assertThat(this.world.pools.status().get(0).lastFailure()).isEqualTo("away");
		this.world.storeFaults.failNext("insert", new StateUnavailableException("away", null));
		this.world.storeFaults.failNext("update", new StateUnavailableException("away", null));
		this.world.fill();
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
		assertThat(this.world.pools.status().get(0).lastFailure()).isNull();
	}

	@Test
	void whileThereIsNoSlotAndNoStateEitherThatIsTold() {
		try (World full = new World(this.folder.resolve("full"), SIZE, SIZE)) {
			full.fill();
			full.backend.changeImage(full.catalogue.find("base").image());
			full.storeFaults.beforeNext("insert", 1,
					() -> full.storeFaults.failNext("poolCount", new StateUnavailableException("away", null)));
			full.pools.wake();
			assertThatNoException().isThrownBy(full::runBackground);
			assertThat(full.storeFaults.areUsedUp()).isTrue();
			for (int i = 0; i < 2 * SIZE; i++) {
				full.fill();
			}
			assertFull(full);
		}
	}

	@Test
	void aServerThatStopsWhileItAsksForTheRightToFillLeavesItToAnotherAtOnce() {
		this.world.storeFaults.beforeNext("lease", 1, this.world.pools::stop);
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			this.world.pools.wake();
			this.world.runNextInBackground();
			await().untilAsserted(() -> {
				this.world.runBackground();
				assertThat(others.status().get(0).warm()).isEqualTo(SIZE);
			});
		}
	}

	@Test
	void aServerThatHasStoppedDoesNotTakeTheRightToFillAgain() {
		this.world.fill();
		this.world.pools.stop();
		Lease other = this.world.store.lease("fill:base", "other", Duration.ofSeconds(3)).orElseThrow();
		this.world.store.giveUp(other);
		this.world.storeFaults.failNext("lease", new IllegalStateException("nobody is to ask"));
		assertThatNoException().isThrownBy(this.world.pools::stop);
	}

	@Test
	void aMissingImageIsToldAndDoesNotStopTheServer() {
		this.world.backend.dropImage(this.world.catalogue.find("base").image());
		this.world.fill();
		assertThat(this.world.pools.status().get(0).lastFailure()).isNotNull();
		assertThat(claim()).isEmpty();
	}

	private void verify(Consumer<Sandbox> probe) {
		this.world.pools.verify(probe, Runnable::run, Duration.ofSeconds(10));
	}

	@Test
	void aMemberThatDoesNotAnswerIsReplaced() {
		this.world.fill();
		Sandbox sick = this.world.store.warm("base").get(0);
		verify((member) -> {
			if (member.id().equals(sick.id())) {
				throw new SandboxUnreachableException("silent", null);
			}
		});
		this.world.fill();
		assertThat(this.world.store.warm("base")).hasSize(SIZE).noneMatch((member) -> member.id().equals(sick.id()));
		assertThat(this.world.store.find(sick.id())).isEmpty();
		assertThat(this.world.backend.size()).isEqualTo(SIZE);
	}

	@Test
	void oneMissedCallCostsNoMemberItsPlace() {
		this.world.fill();
		Set<SandboxId> asked = new HashSet<>();
		verify((member) -> {
			if (asked.add(member.id())) {
				throw new SandboxUnreachableException("busy", new SocketTimeoutException());
			}
		});
		assertThat(asked).hasSize(SIZE);
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	@Test
	void aMemberWhoseConnectionIsRefusedGoesAtOnce() {
		this.world.fill();
		List<SandboxId> asked = new ArrayList<>();
		verify((member) -> {
			asked.add(member.id());
			throw new SandboxNotConnectedException("gone", new ConnectException("Connection refused"));
		});
		assertThat(asked).hasSize(SIZE).doesNotHaveDuplicates();
		assertThat(count().warm()).isZero();
	}

	@Test
	void aSlowMemberHoldsUpNoOther() throws Exception {
		this.world.fill();
		CountDownLatch allAsked = new CountDownLatch(SIZE);
		ExecutorService executor = Executors.newFixedThreadPool(SIZE);
		try {
			this.world.pools.verify((member) -> awaitAll(allAsked), executor, Duration.ofSeconds(10));
			assertThat(allAsked.await(30, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			executor.shutdown();
		}
		assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	private static void awaitAll(CountDownLatch all) {
		all.countDown();
		try {
			if (!all.await(30, TimeUnit.SECONDS)) {
				throw new SandboxUnreachableException("the others were not asked meanwhile", null);
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aPassOverTheMembersEndsInTime() {
		this.world.fill();
		List<SandboxId> asked = new ArrayList<>();
		verify((member) -> {
			asked.add(member.id());
			this.world.clock.advance(Duration.ofSeconds(5));
		});
		assertThat(asked).hasSize(2);
	}

	@Test
	void theImageIsLookedAtOnceForTheMembersOfALook() {
		this.world.pools.wake();
		this.world.runNextInBackground();
		int looks = this.world.backend.faults().calls(Operation.PREPARE_IMAGE);
		this.world.runNextInBackground();
		assertThat(this.world.backend.faults().calls(Operation.START)).isOne();
		assertThat(this.world.backend.faults().calls(Operation.PREPARE_IMAGE)).isEqualTo(looks).isOne();
	}

	@Test
	void whoLooksAgainAndAgainIsCountedOnce() {
		Claim claim = TestSandboxes.claim("s", NOW);
		assertThat(this.world.pools.take("base", claim, () -> false)).isEmpty();
		assertThat(this.world.pools.claim("base", claim)).isEmpty();
		this.world.fill();
		assertThat(this.world.pools.claim("base", claim)).isPresent();
		assertThat(this.world.pools.status().get(0)).satisfies((status) -> {
			assertThat(status.hits()).isZero();
			assertThat(status.misses()).isOne();
		});
	}

	@Test
	void aMemberWhoseContainerEndsLeavesThePool() {
		this.world.fill();
		Sandbox dead = this.world.store.warm("base").get(0);
		this.world.pools.removeDead(dead);
		assertThat(count().warm()).isEqualTo(SIZE - 1);
	}

	@Test
	void aMemberThatIsClaimedMeanwhileIsNotRemoved() {
		this.world.fill();
		Sandbox seen = this.world.store.warm("base").get(0);
		Sandbox claimed = claim().orElseThrow();
		assertThat(claimed.id()).isEqualTo(seen.id());
		this.world.pools.removeDead(seen);
		assertThat(this.world.store.find(claimed.id())).contains(claimed);
	}

	@Test
	void aChangedImageReplacesTheMembersWithoutEmptyingThePool() {
		this.world.fill();
		String oldHash = this.world.store.warm("base").get(0).kind().templateHash();
		this.world.backend.changeImage(this.world.catalogue.find("base").image());
		this.world.fill();
		assertThat(this.world.store.warm("base")).hasSize(SIZE)
			.noneMatch((member) -> member.kind().templateHash().equals(oldHash));
		assertThat(this.world.backend.size()).isEqualTo(SIZE);
	}

	@Test
	void whileNoMemberOfAChangedImageIsThereThoseOfBeforeServe() {
		this.world.fill();
		Sandbox old = this.world.store.warm("base").get(0);
		this.world.backend.changeImage(this.world.catalogue.find("base").image());
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		this.world.fill();
		assertThat(claim().map(Sandbox::id)).contains(old.id());
		this.world.backend.faults().clear();
		this.world.clock.advance(Duration.ofMinutes(1));
		this.world.fill();
		assertThat(claim().orElseThrow().kind().templateHash()).isNotEqualTo(old.kind().templateHash());
	}

	@Test
	void aChangedImageReplacesTheMembersEvenWhereTheLimitLeavesNoRoom() {
		try (World full = new World(this.folder.resolve("full"), SIZE, SIZE)) {
			full.fill();
			full.backend.changeImage(full.catalogue.find("base").image());
			for (int i = 0; i < 2 * SIZE; i++) {
				full.fill();
			}
			assertFull(full);
		}
	}

	@Test
	void aStaleMemberStaysUntilItsPlaceIsTaken() {
		this.world.fill();
		this.world.backend.changeImage(this.world.catalogue.find("base").image());
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		this.world.fill();
		assertThat(this.world.store.warm("base")).hasSize(SIZE);
	}

	@Test
	void aMemberThatNobodyGotLeavesNoFolder() throws Exception {
		this.world.fill();
		Sandbox member = this.world.store.warm("base").get(0);
		Path workspace = Path.of(member.workspace().directory());
		assertThat(workspace).isDirectory();
		this.world.pools.removeDead(member);
		this.world.runBackground();
		assertThat(workspace).doesNotExist();
	}

	@Test
	void aStoppedPoolMakesNoFurtherMembers() {
		this.world.pools.stop();
		this.world.fill();
		assertThat(this.world.backend.size()).isZero();
	}

	@Test
	void aPoolThatIsResizedGrowsAndShrinks() {
		this.world.fill();
		assertThat(this.world.pools.resize("base", Optional.of(new PoolBounds(5, 6)))).isTrue();
		this.world.fill();
		assertThat(count().warm()).isEqualTo(5);
		this.world.pools.resize("base", Optional.of(new PoolBounds(0, 1)));
		this.world.fill();
		assertThat(count().warm()).isEqualTo(1);
		this.world.pools.resize("base", Optional.empty());
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
		PoolStatus restored = this.world.pools.status("base").orElseThrow();
		assertThat(List.of(restored.min(), restored.max())).containsExactly(SIZE, SIZE);
	}

	@Test
	void aTypeWithoutPoolCannotBeResized() {
		assertThat(this.world.pools.resize("browser", Optional.of(new PoolBounds(1, 1)))).isFalse();
		assertThat(this.world.pools.status("browser")).isEmpty();
	}

	@Test
	void anotherServerFillsFiveSecondsAfterOneHasDied() {
		this.world.pools.wake();
		// has the lease and dies before it makes anything
		this.world.runNextInBackground();
		this.world.forgetBackground();
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			others.wake();
			this.world.runBackground();
			assertThat(this.world.backend.size()).isZero();
			// and a second for the next look
			this.world.clock.advance(Duration.ofSeconds(4));
			others.wake();
			this.world.runBackground();
			assertThat(this.world.backend.size()).isEqualTo(SIZE);
		}
	}

	@Test
	void whoMakesAsManyAsMayBeMadeKeepsTheRightToFill() {
		this.world.pools.wake();
		// what it makes takes longer than its right lasts
		this.world.runNextInBackground();
		this.world.forgetBackground();
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			for (int i = 0; i < 3; i++) {
				this.world.clock.advance(Duration.ofSeconds(2));
				this.world.pools.lookOrKeep();
				others.lookOrKeep();
				this.world.runBackground();
			}
			assertThat(this.world.backend.size()).isZero();
		}
	}

	@Test
	void membersAreAskedByTheServerThatFillsThePool() {
		this.world.fill();
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			others.wake();
			this.world.runBackground();
			others.verify((member) -> {
				throw new SandboxNotConnectedException("gone", new ConnectException("Connection refused"));
			}, Runnable::run, Duration.ofSeconds(10));
			assertThat(count().warm()).isEqualTo(SIZE);
		}
	}

	@Test
	void membersOfATypeThatHasNoPoolAnyMoreAreGivenUp() {
		this.world.fill();
		Sandbox unwanted = TestSandboxes.warm("former");
		this.world.store.insert(unwanted, Admission.within(SlotLimits.NONE));
		Lease others = this.world.store.lease("fill:former", "other", Duration.ofSeconds(3)).orElseThrow();
		this.world.pools.removeUnwanted();
		assertThat(this.world.store.warm("former")).as("another server has a pool of them").hasSize(1);
		this.world.store.giveUp(others);
		this.world.pools.removeUnwanted();
		assertThat(this.world.store.warm("former")).isEmpty();
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	@Test
	void aStoppedServerLeavesThePoolToAnotherAtOnce() {
		this.world.fill();
		claim();
		try (WarmPools others = this.world.poolsOfAnotherServer()) {
			this.world.pools.stop();
			await().untilAsserted(() -> {
				this.world.runBackground();
				assertThat(this.world.backend.size()).isEqualTo(SIZE + 1);
			});
			assertThat(others.status().get(0).warm()).isEqualTo(SIZE);
		}
	}

	@Test
	void aLostAnswerLeavesNoSecondContainerAndThePoolIsFilledLater() {
		this.world.backend.faults().loseNextAnswer(Operation.START, new EngineUnreachableException("lost", null));
		this.world.fill();
		this.world.clock.advance(Duration.ofMinutes(1));
		this.world.reconciliation.run(Duration.ofSeconds(10));
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
		assertThat(this.world.backend.size()).as("the one without an answer is gone").isEqualTo(SIZE);
	}

	@Test
	void aPortThatIsTakenIsTriedAgainAfterAPause() {
		this.world.backend.faults()
			.failAlways(Operation.START, () -> new PortTakenException("port 8080 is taken", null));
		this.world.fill();
		this.world.backend.faults().clear();
		assertThat(this.world.pools.status().get(0).lastFailure()).contains("port 8080 is taken");
		this.world.clock.advance(Duration.ofMinutes(1));
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	@Test
	void whileTheEngineIsSlowNothingIsAskedOfItTwice() throws Exception {
		Faults.Gate slow = this.world.backend.faults().hold(Operation.START);
		this.world.pools.wake();
		List<CompletableFuture<Void>> making = new ArrayList<>();
		await().until(() -> {
			making.add(CompletableFuture.runAsync(this.world::runBackground));
			return this.world.backend.faults().calls(Operation.START) == SIZE;
		});
		for (int i = 0; i < 5; i++) {
			this.world.pools.wake();
			making.add(CompletableFuture.runAsync(this.world::runBackground));
		}
		assertThat(count().starting()).isEqualTo(SIZE);
		slow.open();
		CompletableFuture.allOf(making.toArray(CompletableFuture<?>[]::new)).get(30, TimeUnit.SECONDS);
		this.world.fill();
		assertThat(this.world.backend.faults().calls(Operation.START)).isEqualTo(SIZE);
		assertThat(count().warm()).isEqualTo(SIZE);
	}

	@Test
	void aMemberThatIsKilledWhileItStartsIsMadeAgain() {
		this.world.silent.add("*");
		this.world.fill();
		assertThat(count().warm()).isZero();
		assertThat(this.world.backend.size()).as("what never answers is not kept").isZero();
		this.world.silent.clear();
		this.world.clock.advance(Duration.ofMinutes(1));
		this.world.fill();
		assertThat(count().warm()).isEqualTo(SIZE);
	}

}
