package io.sandboxmanager.lifecycle;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.testing.Faults;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.ProvisioningCancelledException;
import io.sandboxmanager.sandbox.ProvisioningException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.Incarnation;
import io.sandboxmanager.store.SlotLimits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What happens to sandboxes between the call that makes them and the end of their record.
 */
class SandboxLifecycleTests {

	@TempDir
	private Path folder;

	private World world;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 2, 0);
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	@Nested
	class Acquiring {

		@Test
		void aWarmSandboxIsHandedOutWithoutTheEngine() {
			world.fill();
			int starts = world.backend.faults().calls(Operation.START);
			int images = world.backend.faults().calls(Operation.PREPARE_IMAGE);
			Sandbox sandbox = world.acquire("s");
			assertThat(sandbox.state()).isEqualTo(SandboxState.RUNNING);
			assertThat(world.backend.faults().calls(Operation.START)).isEqualTo(starts);
			assertThat(world.backend.faults().calls(Operation.PREPARE_IMAGE)).isEqualTo(images);
			assertThat(world.backend.faults().calls(Operation.STATUS)).isZero();
		}

		@Test
		void anEmptyPoolIsNotWaitedFor() {
			Sandbox sandbox = world.acquire("s");
			assertThat(sandbox.state()).isEqualTo(SandboxState.RUNNING);
			assertThat(world.backend.size()).isEqualTo(1);
		}

		@Test
		void whatShapesTheContainerIsMadeAnew() {
			world.fill();
			Sandbox sandbox = world.create(new SandboxRequest("s", Map.of("A", "1"), Map.of(), null, null));
			assertThat(world.backend.spec(sandbox.requirePlacement().ref()).orElseThrow().environment())
				.containsEntry("A", "1");
			assertThat(world.store.poolCount("base", sandbox.kind().templateHash()).warm()).isEqualTo(2);
		}

		@Test
		void theCallersVariablesNeverReplaceTheSecret() {
			Sandbox sandbox = world
				.create(new SandboxRequest("s", Map.of("SECRET_TOKEN", "mine"), Map.of(), null, null));
			assertThat(world.backend.spec(sandbox.requirePlacement().ref()).orElseThrow().environment())
				.containsEntry("SECRET_TOKEN", sandbox.token().secret());
		}

		@Test
		void aFolderOutsideTheAllowedOnesIsRefusedBeforeAnythingIsMade() {
			assertThatExceptionOfType(InvalidSandboxRequestException.class)
				.isThrownBy(() -> world.create(new SandboxRequest(null, Map.of(), Map.of(), "/etc", null)));
			assertThat(world.backend.faults().calls(Operation.START)).isZero();
			assertThat(world.store.page(Optional.empty(), 10)).isEmpty();
		}

	}

	@Nested
	class Failing {

		/** A slot that becomes free would wake the pool. */
		@BeforeEach
		void withoutAPool() {
			world.close();
			world = new World(folder, 0, 0);
		}

		@Test
		void aContainerThatDoesNotStartLeavesNothing() throws Exception {
			world.backend.faults().failNext(Operation.START, new EngineUnreachableException("no answer", null));
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN))
				.withMessageContaining("container failed: no answer")
				.satisfies((failure) -> assertThat(failure.getStep()).isEqualTo("container"));
			assertNothingIsLeft();
		}

		@Test
		void anAgentThatNeverAnswersLeavesNothing() throws Exception {
			world.silent.add("*");
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN))
				.withMessageContaining("agent failed");
			assertNothingIsLeft();
		}

		@Test
		void aMissingImageLeavesNothing() throws Exception {
			world.backend.dropImage(world.base().image());
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN))
				.withMessageContaining("image failed");
			assertNothingIsLeft();
		}

		@Test
		void aContainerThatCannotBeRemovedIsRemovedLater() throws Exception {
			world.silent.add("*");
			world.backend.faults().failNext(Operation.REMOVE, new EngineUnreachableException("no answer", null));
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN));
			assertThat(world.backend.size()).isEqualTo(1);
			world.pass(Duration.ofSeconds(10));
			world.runBackground();
			assertThat(world.backend.size()).isZero();
		}

		@Test
		void aContainerThatCannotBeRemovedHidesNoFailure() throws Exception {
			world.silent.add("*");
			world.backend.faults().failNext(Operation.REMOVE, new IllegalStateException("broken"));
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN))
				.withMessageContaining("agent failed");
			assertIsLeftToTheReaper();
		}

		@Test
		void aFolderThatCannotBeRemovedIsRemovedLater() throws Exception {
			Faults.Gate start = world.backend.faults().hold(Operation.START);
			CompletableFuture<Sandbox> made = CompletableFuture.supplyAsync(() -> world.create(SandboxRequest.PLAIN));
			awaitCall(Operation.START);
			Path note = world.notesInJournal().get(0);
			String text = Files.readString(note);
			Files.delete(note);
			Files.createDirectory(note);
			world.silent.add("*");
			start.open();
			assertThat(made).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.havingRootCause()
				.withMessageContaining("did not become ready");
			assertThat(world.backend.size()).isZero();
			Files.delete(note);
			Files.writeString(note, text);
			assertIsLeftToTheReaper();
		}

		@Test
		void aRecordThatCannotBeRemovedIsRemovedLater() throws Exception {
			world.silent.add("*");
			world.storeFaults.failNext("delete", new StateUnavailableException("away", null));
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN))
				.withMessageContaining("agent failed");
			assertThat(world.backend.size()).isZero();
			assertThat(world.workspaces()).isEmpty();
			assertIsLeftToTheReaper();
		}

		@Test
		void aContainerThatTheRecordDoesNotKnowOfIsRemovedLaterAllTheSame() throws Exception {
			Faults.Gate start = world.backend.faults().hold(Operation.START);
			CompletableFuture<Sandbox> made = CompletableFuture.supplyAsync(() -> world.create(SandboxRequest.PLAIN));
			awaitCall(Operation.START);
			world.storeFaults.failNext("update", new StateUnavailableException("away", null));
			world.backend.faults().failNext(Operation.REMOVE, new EngineUnreachableException("no answer", null));
			start.open();
			assertThat(made).failsWithin(Duration.ofSeconds(10));
			assertThat(world.backend.size()).isEqualTo(1);
			assertIsLeftToTheReaper();
		}

		private void assertIsLeftToTheReaper() throws Exception {
			assertThat(world.store.page(Optional.empty(), 10)).extracting(Sandbox::state)
				.containsExactly(SandboxState.RELEASING);
			world.pass(Duration.ofSeconds(10));
			world.runBackground();
			assertNothingIsLeft();
		}

		@Test
		void aStartWhoseAnswerWasLostIsUndoneByItsLabels() throws Exception {
			world.backend.faults().loseNextAnswer(Operation.START, new EngineUnreachableException("lost", null));
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN));
			assertNothingIsLeft();
		}

		@Test
		void aSandboxWhoseLastStepWasTakenUnheardLeavesNothing() throws Exception {
			loseAnswerOfStep(3);
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN))
				.withMessageContaining("record failed");
			assertThat(world.backend.size()).isZero();
			assertThat(world.store.page(Optional.empty(), 10)).noneMatch((record) -> record.state().isOccupying());
		}

		@Test
		void aMemberWhoseLastStepWasTakenUnheardStaysWithWhoClaimedIt() {
			world.close();
			world = new World(folder, 1, 0);
			AtomicReference<Sandbox> claimed = new AtomicReference<>();
			loseAnswerOfStep(2);
			world.storeFaults.beforeNext("update", 1, () -> claimed.set(world.acquire("s")));
			world.fill();
			world.pass(Duration.ofMinutes(1));
			world.runBackground();
			Sandbox owned = Objects.requireNonNull(claimed.get());
			assertThat(world.now(owned).state()).isEqualTo(SandboxState.RUNNING);
			assertThat(world.backend.spec(owned.requirePlacement().ref())).isPresent();
		}

		@Test
		void whatIsUndoneWhileTheStateIsAwayIsLeftToItsDeadline() throws Exception {
			world.silent.add("*");
			world.storeFaults.beforeNext("update", 3, () -> {
				throw new StateUnavailableException("away", null);
			});
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.create(SandboxRequest.PLAIN))
				.withMessageContaining("agent failed");
			assertThat(world.backend.size()).isOne();
			world.clock.advance(Duration.ofSeconds(20));
			world.dueNow();
			world.runBackground();
			assertNothingIsLeft();
		}

		/** Which of the records of what was done so far. */
		private void loseAnswerOfStep(int step) {
			world.storeFaults.beforeNext("update", step, () -> world.storeFaults.loseNextAnswer("update"));
		}

		@Test
		void aPullMayTakeLongerThanTheRestOfAnAttempt() throws Exception {
			CompletableFuture<Sandbox> made = createWhilePulling();
			world.pass(Duration.ofMinutes(29));
			Sandbox pulling = world.store.page(Optional.empty(), 10).get(0);
			assertThat(pulling.state()).isEqualTo(SandboxState.PROVISIONING);
			world.backend.faults().clear();
			assertThat(made.get(10, TimeUnit.SECONDS).state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void aPullThatHangsFreesItsSlotInTheEnd() throws Exception {
			CompletableFuture<Sandbox> made = createWhilePulling();
			world.pass(Duration.ofMinutes(34));
			world.runBackground();
			assertThat(world.store.page(Optional.empty(), 10)).noneMatch((record) -> record.state().isOccupying());
			world.backend.faults().clear();
			assertThat(made).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withCauseInstanceOf(ProvisioningCancelledException.class);
			assertThat(world.backend.faults().calls(Operation.START)).isZero();
			assertNothingIsLeft();
		}

		@Test
		void whatItsMakerDoesNotSpeakForIsGivenUpSoon() throws Exception {
			Faults.Gate start = world.backend.faults().hold(Operation.START);
			CompletableFuture<Sandbox> made = CompletableFuture.supplyAsync(() -> world.create(SandboxRequest.PLAIN));
			awaitCall(Operation.START);
			Sandbox starting = world.store.page(Optional.empty(), 10).get(0);
			assertThat(starting.kind().templateHash()).contains("@sha256:");
			world.clock.advance(Duration.ofSeconds(20));
			world.dueNow();
			world.runBackground();
			assertThat(world.store.page(Optional.empty(), 10)).isEmpty();
			start.open();
			assertThat(made).failsWithin(Duration.ofSeconds(10))
				.withThrowableThat()
				.withCauseInstanceOf(ProvisioningCancelledException.class);
			assertNothingIsLeft();
		}

		@Test
		void aContainerThatNoRecordKnowsYetGoesWithItsRecord() throws Exception {
			Sandbox begun = TestSandboxes.provisioning("base", Owner.POOL);
			world.store.insert(begun, Admission.within(SlotLimits.NONE));
			world.backend.start(new ContainerSpec(
					begun.name(), world.base().image(), Map.of(), Map.of("io.sandboxmanager.manager",
							world.store.managerId(), "io.sandboxmanager.sandbox", begun.id().value()),
					world.base().resources(), world.base().profile(), 80, List.of()));
			assertThat(world.backend.size()).isOne();
			world.pass(Duration.ofMinutes(3));
			world.runBackground();
			assertNothingIsLeft();
		}

		private CompletableFuture<Sandbox> createWhilePulling() throws InterruptedException {
			world.pools.stop(); // they would pull too
			world.backend.faults().hold(Operation.PREPARE_IMAGE);
			CompletableFuture<Sandbox> made = CompletableFuture.supplyAsync(() -> world.create(SandboxRequest.PLAIN));
			awaitCall(Operation.PREPARE_IMAGE);
			return made;
		}

		private void awaitCall(Operation operation) throws InterruptedException {
			for (int i = 0; i < 1000 && world.backend.faults().calls(operation) == 0; i++) {
				TimeUnit.MILLISECONDS.sleep(5);
			}
			assertThat(world.backend.faults().calls(operation)).isPositive();
		}

		private void assertNothingIsLeft() throws Exception {
			assertThat(world.backend.size()).isZero();
			assertThat(world.store.page(Optional.empty(), 10)).isEmpty();
			assertThat(world.workspaces()).isEmpty();
			assertThat(world.notesInJournal()).isEmpty();
		}

	}

	@Nested
	class Releasing {

		@BeforeEach
		void withoutPool() {
			world.pools.stop();
		}

		@Test
		void theVariablesOfItsOwnerAreForgottenWithIt() {
			Sandbox sandbox = world
				.create(new SandboxRequest("s", Map.of("KEY", "secret"), Map.of("a", 1), null, null));
			world.release.release(sandbox.name());
			world.runBackground();
			assertThat(world.now(sandbox).request().environment()).isEmpty();
			assertThat(world.now(sandbox).request().meta()).containsEntry("a", 1);
		}

		@Test
		void aReleaseIsTrueBeforeTheContainerIsGone() {
			Sandbox sandbox = world.acquire("s");
			world.release.release(sandbox.name());
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RELEASING);
			assertThat(world.control.status(sandbox.name())).isEmpty();
			assertThat(world.store.bySession("s")).isEmpty();
			world.runBackground();
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RELEASED);
			assertThat(world.backend.size()).isZero();
		}

		@Test
		void aReleaseThatTheEngineRefusesIsTriedAgain() {
			Sandbox sandbox = world.create(SandboxRequest.PLAIN);
			world.backend.faults().failNext(Operation.REMOVE, new EngineUnreachableException("no answer", null));
			world.release.release(sandbox.name());
			world.runBackground();
			assertThat(world.backend.size()).isEqualTo(1);
			world.pass(Duration.ofSeconds(10));
			world.runBackground();
			assertThat(world.backend.size()).isZero();
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RELEASED);
		}

		@Test
		void aRemovalMayTakeLongerThanItIsGiven() {
			Sandbox sandbox = world.create(SandboxRequest.PLAIN);
			world.release.release(sandbox.name());
			Sandbox begun = world.now(sandbox);
			for (int i = 0; i < 10; i++) {
				world.remover.keepAlive();
				world.passOnAnotherServer(Duration.ofSeconds(5));
			}
			assertThat(world.now(sandbox).version()).isEqualTo(begun.version());
			world.runBackground();
			assertThat(world.backend.faults().calls(Operation.REMOVE)).isOne();
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RELEASED);
		}

		@Test
		void releasingTwiceOrTheUnknownDoesNothing() {
			Sandbox sandbox = world.create(SandboxRequest.PLAIN);
			world.release.release(sandbox.name());
			world.release.release(sandbox.name());
			world.release.release("unknown");
			world.runBackground();
			assertThat(world.backend.faults().calls(Operation.REMOVE)).isEqualTo(1);
		}

		@Test
		void theRecordIsForgottenAfterItsTime() {
			Sandbox sandbox = world.create(SandboxRequest.PLAIN);
			world.release.release(sandbox.name());
			world.runBackground();
			world.pass(World.KEPT.minusSeconds(1));
			assertThat(world.store.find(sandbox.id())).isPresent();
			world.pass(Duration.ofSeconds(1));
			assertThat(world.store.find(sandbox.id())).isEmpty();
		}

		@Test
		void theFilesAreKeptInTheFolderAndInTheStorage() throws Exception {
			Sandbox sandbox = world.create(SandboxRequest.PLAIN);
			Path workspace = Path.of(sandbox.workspace().directory());
			Files.writeString(workspace.resolve("note"), "kept");
			world.release.release(sandbox.name());
			world.runBackground();
			assertThat(workspace.resolve("note")).hasContent("kept");
			assertThat(world.storageDir.resolve(sandbox.id().value()).resolve("note")).hasContent("kept");
		}

		@Test
		void everythingCanBeReleasedAtOnce() {
			world.fill();
			world.acquire("s");
			world.create(SandboxRequest.PLAIN);
			world.release.releaseAll();
			world.runBackground();
			assertThat(world.backend.size()).isZero();
		}

	}

	@Nested
	class IdleSessions {

		@Test
		void anIdleSessionIsRecycledAndItsSlotIsFree() {
			Sandbox sandbox = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RECYCLED);
			assertThat(world.now(sandbox).reason()).isEqualTo(Sandbox.HEARTBEAT_TIMEOUT);
			assertThat(world.store.sessions()).containsExactly("s");
			assertThat(world.control.status(sandbox.name())).isEmpty();
		}

		@Test
		void aUseOfOneSandboxKeepsItsWholeSession() {
			Sandbox first = world.acquire("s");
			Sandbox second = world.acquire("s");
			world.pass(World.IDLE.minusSeconds(1));
			world.access.reach(second.name());
			world.pass(World.IDLE.minusSeconds(1));
			assertThat(world.now(first).state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void aSandboxThatJoinsLaterKeepsItsSession() {
			Sandbox first = world.acquire("s");
			world.clock.advance(World.IDLE.minusSeconds(1));
			world.acquire("s");
			world.pass(Duration.ofSeconds(1));
			assertThat(world.now(first).state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void anOpenConnectionKeepsItsSession() {
			Sandbox sandbox = world.acquire("s");
			try (SandboxAccess.Activity open = world.access.begin(sandbox)) {
				world.clock.advance(World.IDLE);
				world.access.touchOpen();
				world.pass(Duration.ZERO);
				assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
			}
			world.pass(World.IDLE);
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RECYCLED);
		}

		@Test
		void whatIsOpenIsNotedAFewTimesInItsIdleTimeAndNothingWhenNothingIsOpen() {
			Sandbox sandbox = world.acquire("s");
			AtomicInteger notes = new AtomicInteger();
			for (int i = 0; i < 100; i++) {
				world.storeFaults.beforeNext("touch", 1, notes::incrementAndGet);
			}
			touchOpenEachSecond(Duration.ofMinutes(2));
			assertThat(notes).hasValue(0);
			try (SandboxAccess.Activity open = world.access.begin(sandbox)) {
				touchOpenEachSecond(Duration.ofMinutes(2));
				assertThat(notes).hasValue(2);
			}
		}

		private void touchOpenEachSecond(Duration time) {
			for (int second = 0; second < time.toSeconds(); second++) {
				world.access.touchOpen();
				world.clock.advance(Duration.ofSeconds(1));
			}
		}

		@Test
		void aSandboxWithoutSessionLivesUntilTheEndOfItsLifetime() {
			Sandbox sandbox = world.create(SandboxRequest.PLAIN);
			world.pass(Duration.ofHours(24).minusSeconds(1));
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
			world.pass(Duration.ofSeconds(1));
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RELEASING);
		}

		@Test
		void useDoesNotProlongTheLifetime() {
			Sandbox sandbox = world.acquire("s");
			for (int hour = 0; hour < 24 * 15; hour++) {
				world.access.reach(sandbox.name());
				world.pass(Duration.ofMinutes(4));
			}
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RELEASING);
		}

		@Test
		void theNextTouchRestoresTheSessionWithItsFilesAndVariables() {
			Sandbox old = world.create(new SandboxRequest("s", Map.of("A", "1"), Map.of("k", "v"), null, null));
			Sandbox other = world.create(TestSandboxes.request("s"));
			world.pass(World.IDLE);
			world.runBackground();
			Sandbox fresh = world.access.reach(old.name());
			assertThat(fresh.id()).isNotEqualTo(old.id());
			assertThat(fresh.request()).isEqualTo(old.request());
			assertThat(fresh.workspace()).isEqualTo(old.workspace());
			assertThat(world.backend.spec(fresh.requirePlacement().ref()).orElseThrow().environment())
				.containsEntry("A", "1");
			assertThat(world.now(old).state()).isEqualTo(SandboxState.REPLACED);
			assertThat(world.now(other).state()).isEqualTo(SandboxState.REPLACED);
			assertThat(world.store.bySession("s")).hasSize(2)
				.allMatch((member) -> member.state() == SandboxState.RUNNING);
		}

		@Test
		void theOldNameLeadsToTheNewSandbox() {
			Sandbox old = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			Sandbox fresh = world.access.reach(old.name());
			assertThat(world.access.find(old.name()).id()).isEqualTo(fresh.id());
			assertThat(world.access.find(old.requirePlacement().ref()).id()).isEqualTo(fresh.id());
			assertThat(world.control.stop(old.name())).isTrue();
			assertThat(world.now(fresh).state()).isEqualTo(SandboxState.STOPPED);
			assertThat(world.control.status(old.name())).isEmpty();
		}

		@Test
		void theOldNameLeadsToTheNewestForAsLongAsThatLives() {
			Sandbox first = world.acquire("s");
			Sandbox last = first;
			for (int i = 0; i < 20; i++) {
				world.pass(World.IDLE);
				world.runBackground();
				last = world.access.reach(first.name());
			}
			for (int i = 0; i < 3; i++) {
				world.access.reach(last.name());
				world.pass(World.KEPT.minusSeconds(1));
				world.runBackground();
				last = world.access.reach(first.name());
			}
			assertThat(last.state()).isEqualTo(SandboxState.RUNNING);
			assertThat(world.now(first).successor()).isNotEqualTo(first.id());
			world.release.release(last.id());
			world.runBackground();
			world.pass(World.KEPT);
			world.pass(World.KEPT);
			assertThat(world.store.page(Optional.empty(), 100)).extracting(Sandbox::state)
				.containsOnly(SandboxState.WARM);
		}

		@Test
		void aRecycledSandboxIsRestoredByTheIdOfTheContainerThatItHad() {
			Sandbox old = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			assertThat(world.now(old).placement()).isNull();
			Sandbox fresh = world.access.reach(old.requirePlacement().ref());
			assertThat(fresh.state()).isEqualTo(SandboxState.RUNNING);
			assertThat(fresh.id()).isNotEqualTo(old.id());
		}

		@Test
		void releasingTheOldNameReleasesBoth() {
			Sandbox old = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			Sandbox fresh = world.access.reach(old.name());
			world.release.release(old.name());
			assertThat(world.now(fresh).state()).isEqualTo(SandboxState.RELEASING);
			assertThat(world.now(old).state()).isEqualTo(SandboxState.RELEASED);
			assertThat(world.now(old).successor()).isEqualTo(fresh.id());
		}

		@Test
		void aSessionIsNotRestoredWhileItsOldContainersAreThere() {
			Sandbox old = world.acquire("s");
			world.backend.faults().failNext(Operation.REMOVE, new EngineUnreachableException("no answer", null));
			world.pass(World.IDLE);
			world.runBackground();
			world.storeFaults.beforeNext("find", 2, () -> world.clock.advance(Duration.ofMinutes(1)));
			assertThatExceptionOfType(SandboxUnavailableException.class)
				.isThrownBy(() -> world.access.reach(old.name()))
				.withMessageContaining("try again");
			world.pass(Duration.ofSeconds(10));
			world.runBackground();
			assertThat(world.access.reach(old.name()).state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void oneThatCannotBeRestoredKeepsTheOthersFromNothing() {
			Sandbox first = world.acquire("s");
			Sandbox second = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			world.backend.faults().failNext(Operation.START, new EngineUnreachableException("no answer", null));
			assertThat(world.access.reach(second.name()).state()).isEqualTo(SandboxState.RUNNING);
			assertThat(world.now(first).state()).isEqualTo(SandboxState.RECYCLED);
		}

		@Test
		void aRecycledSandboxIsForgottenAfterItsTime() {
			Sandbox old = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			world.pass(Duration.ofDays(7).minusSeconds(1));
			assertThat(world.store.sessions()).containsExactly("s");
			world.pass(Duration.ofSeconds(1));
			assertThat(world.store.find(old.id())).isEmpty();
		}

		@Test
		void whoComesBackInTimeIsNotForgottenWhileHeIsServed() {
			Sandbox old = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			world.pass(Duration.ofDays(7).minusSeconds(1));
			world.storeFaults.beforeNext("insert", 1, () -> world.passOnAnotherServer(Duration.ofSeconds(5)));
			assertThat(world.access.reach(old.name()).state()).isEqualTo(SandboxState.RUNNING);
			assertThat(world.now(old).state()).isEqualTo(SandboxState.REPLACED);
		}

		@Test
		void whoIsBackJustWhenHeIsToBeForgottenIsNot() {
			Sandbox old = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			Sandbox seen = world.now(old);
			world.access.reach(old.name());
			world.expiry.expire(seen);
			assertThat(world.now(old).state()).isEqualTo(SandboxState.REPLACED);
		}

		@Test
		void aRestoreThatFailsCanBeTriedAgain() {
			Sandbox old = world.acquire("s");
			world.pass(World.IDLE);
			world.runBackground();
			world.backend.faults().failNext(Operation.START, new EngineUnreachableException("no answer", null));
			assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> world.access.reach(old.name()));
			assertThat(world.now(old).state()).isEqualTo(SandboxState.RECYCLED);
			assertThat(world.access.reach(old.name()).state()).isEqualTo(SandboxState.RUNNING);
		}

	}

	@Nested
	class UnwatchedSessions {

		private World unwatched;

		@BeforeEach
		void begin() {
			this.unwatched = new World(folder.resolve("unwatched"), 0, 0, Duration.ZERO, null);
		}

		@AfterEach
		void end() {
			this.unwatched.close();
		}

		@Test
		void aSessionIsNeverRecycledButItsLifetimeEndsAndItsRecordIsForgotten() {
			Sandbox sandbox = this.unwatched.acquire("s");
			this.unwatched.pass(Duration.ofHours(24).minusSeconds(1));
			assertThat(this.unwatched.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
			this.unwatched.backend.faults()
				.failNext(Operation.REMOVE, new EngineUnreachableException("no answer", null));
			this.unwatched.pass(Duration.ofSeconds(1));
			this.unwatched.runBackground();
			assertThat(this.unwatched.now(sandbox).state()).isEqualTo(SandboxState.RELEASING);
			this.unwatched.pass(Duration.ofSeconds(10));
			this.unwatched.runBackground();
			assertThat(this.unwatched.now(sandbox).state()).isEqualTo(SandboxState.RELEASED);
			this.unwatched.pass(World.KEPT);
			assertThat(this.unwatched.store.find(sandbox.id())).isEmpty();
		}

		@Test
		void aDeadlineFromWatchedTimesBecomesTheEndOfTheLifetime() {
			Sandbox sandbox = this.unwatched.acquire("s");
			this.unwatched.store.update(sandbox.due(this.unwatched.clock.instant().plus(World.IDLE)));
			this.unwatched.pass(World.IDLE);
			assertThat(this.unwatched.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
			assertThat(this.unwatched.now(sandbox).timeline().deadline()).isEqualTo(sandbox.timeline().expiresAt());
		}

	}

	@Nested
	class Calling {

		@Test
		void whatIsUnknownIsNotFound() {
			assertThatExceptionOfType(SandboxNotFoundException.class).isThrownBy(() -> world.access.reach("nope"))
				.withMessage("No container found with id: nope.");
		}

		@Test
		void aSandboxIsFoundByNameIdAndContainer() {
			Sandbox sandbox = world.acquire("s");
			for (String identity : List.of(sandbox.name(), sandbox.id().value(), sandbox.requirePlacement().ref())) {
				assertThat(world.access.reach(identity).id()).isEqualTo(sandbox.id());
			}
		}

		@Test
		void aStoppedSandboxIsRefusedAtOnceAndAnswersWhenStarted() {
			Sandbox sandbox = world.acquire("s");
			assertThat(world.control.stop(sandbox.name())).isTrue();
			assertThat(world.control.stop(sandbox.name())).isTrue();
			assertThat(world.control.status(sandbox.name())).contains("exited");
			assertThatExceptionOfType(SandboxUnavailableException.class)
				.isThrownBy(() -> world.access.reach(sandbox.name()))
				.withMessageContaining("stopped");
			assertThat(world.control.start(sandbox.name())).isTrue();
			assertThat(world.control.start(sandbox.name())).isTrue();
			assertThat(world.access.reach(sandbox.name()).state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void oneThatAServerHasStartedThatDiedIsStartedOnceMore() {
			Sandbox sandbox = world.acquire("s");
			world.control.stop(sandbox.name());
			world.storeFaults.dieBeforeNext("update", 1);
			assertThatExceptionOfType(SandboxException.class).isThrownBy(() -> world.control.start(sandbox.name()));
			world.storeFaults.revive();
			assertThat(world.control.status(sandbox.name())).contains("running");
			assertThatExceptionOfType(SandboxUnavailableException.class)
				.isThrownBy(() -> world.access.reach(sandbox.name()));
			assertThat(world.control.start(sandbox.name())).isTrue();
			assertThat(world.access.reach(sandbox.name()).state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void anEndThatIsHeardOfLateDoesNotStopWhatWasStartedSince() {
			Sandbox sandbox = world.acquire("s");
			String ref = sandbox.requirePlacement().ref();
			world.backend.kill(ref, 137, false);
			world.storeFaults.beforeNext("update", 1, () -> world.control.start(sandbox.name()));
			assertThat(world.control.noteEnd(ref)).isEmpty();
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void whatWasReachedLatelyIsReachedWhileTheStateIsAway() {
			Sandbox sandbox = world.acquire("s");
			Sandbox other = world.acquire("s");
			assertThat(world.access.reach(sandbox.name())).isEqualTo(world.now(sandbox));
			StateUnavailableException away = new StateUnavailableException("away", null);
			world.storeFaults.failNext("find", away);
			assertThat(world.access.reach(sandbox.name()).placement()).isEqualTo(sandbox.placement());
			world.storeFaults.failNext("touch", away);
			assertThat(world.access.reach(sandbox.name()).placement()).isEqualTo(sandbox.placement());
			world.storeFaults.failNext("find", away);
			assertThatExceptionOfType(StateUnavailableException.class)
				.isThrownBy(() -> world.access.reach(other.name()));
		}

		@Test
		void whatWasReachedLongBeforeTheStateWentAwayIsNot() {
			Sandbox sandbox = world.acquire("s");
			Sandbox other = world.acquire("t");
			world.access.reach(sandbox.name());
			world.clock.advance(Duration.ofMinutes(11));
			world.access.reach(other.name());
			world.storeFaults.failNext("find", new StateUnavailableException("away", null));
			assertThatExceptionOfType(StateUnavailableException.class)
				.isThrownBy(() -> world.access.reach(sandbox.name()));
		}

		@Test
		void aReleasedSandboxCanBeNeitherCalledNorStartedNorStopped() {
			Sandbox sandbox = world.acquire("s");
			world.release.release(sandbox.name());
			assertThatExceptionOfType(SandboxUnavailableException.class)
				.isThrownBy(() -> world.access.reach(sandbox.name()));
			assertThat(world.control.start(sandbox.name())).isFalse();
			assertThat(world.control.stop(sandbox.name())).isFalse();
		}

		@Test
		void oneThatIsReleasedMeanwhileIsNeitherStartedNorStopped() {
			Sandbox sandbox = world.acquire("s");
			world.storeFaults.beforeNext("update", 1, () -> world.release.release(sandbox.name()));
			assertThat(world.control.stop(sandbox.name())).isFalse();
		}

		@Test
		void aContainerThatEndsByItselfCountsAsStopped() {
			Sandbox sandbox = world.acquire("s");
			String ref = sandbox.requirePlacement().ref();
			world.backend.kill(ref, 137, true);
			world.control.noteEnd(ref);
			assertThatExceptionOfType(SandboxUnavailableException.class)
				.isThrownBy(() -> world.access.reach(sandbox.name()));
		}

	}

	@Nested
	class Reconciling {

		@Test
		void aContainerWithoutRecordIsRemovedAndARecordWithoutContainerFails() {
			Sandbox lost = world.acquire("s");
			Sandbox unknown = world.acquire("t");
			world.runBackground();
			world.backend.vanish(lost.requirePlacement().ref());
			world.store.delete(unknown);
			world.clock.advance(Duration.ofSeconds(60));
			Reconciliation.Drift drift = world.reconciliation.run(Duration.ofSeconds(30));
			assertThat(drift).isEqualTo(new Reconciliation.Drift(1, 1, 0));
			assertThat(world.now(lost).state()).isEqualTo(SandboxState.FAILED);
			assertThat(world.reconciliation.total()).isEqualTo(drift);
			assertThat(world.reconciliation.run(Duration.ZERO)).isEqualTo(new Reconciliation.Drift(0, 0, 0));
		}

		@Test
		void afterTheStateWasLostWhatRunsIsRecordedAgainAsHandedOut() {
			world.fill();
			Sandbox lost = world.acquire("s");
			world.fill();
			world.store.page(Optional.empty(), 100).forEach((record) -> world.store.delete(record));
			world.clock.advance(Duration.ofMinutes(1));
			loseState();
			int containers = world.backend.size();
			assertThat(world.reconciliation.run(Duration.ZERO)).isEqualTo(new Reconciliation.Drift(0, 0, containers));
			assertThat(world.backend.size()).isEqualTo(containers);
			assertThat(world.reconciliation.run(Duration.ZERO).isNone()).isTrue();
			Sandbox adopted = world.access.reach(lost.name());
			assertThat(adopted.token()).isEqualTo(lost.token());
			assertThat(adopted.placement()).isEqualTo(lost.placement());
			assertThat(adopted.kind().templateHash()).isEqualTo(lost.kind().templateHash());
			assertThat(world.store.warm("base")).as("none is handed out twice").isEmpty();
			world.pass(Duration.ofHours(24));
			world.runBackground();
			assertThat(world.backend.spec(lost.requirePlacement().ref())).isEmpty();
		}

		@Test
		void nothingIsRemovedWhenTheStateIsLostWhileItIsComparedWith() {
			Sandbox lost = world.acquire("s");
			world.runBackground();
			world.store.delete(lost);
			world.clock.advance(Duration.ofMinutes(1));
			world.storeFaults.answerNext("incarnation", new Incarnation("before", Instant.EPOCH));
			assertThat(world.reconciliation.run(Duration.ZERO).isNone()).isTrue();
			assertThat(world.backend.spec(lost.requirePlacement().ref())).isPresent();
		}

		@Test
		void theFilesOfALostOneAreCarriedBackThoughTheServerDies() throws Exception {
			Sandbox lost = world.create(SandboxRequest.PLAIN);
			Files.writeString(Path.of(lost.workspace().directory()).resolve("note"), "kept");
			world.backend.vanish(lost.requirePlacement().ref());
			world.clock.advance(Duration.ofMinutes(1));
			assertThat(world.reconciliation.run(Duration.ZERO).recordsFailed()).isOne();
			world.forgetBackground();
			world.passOnAnotherServer(Duration.ofSeconds(10));
			world.runBackground();
			assertThat(world.storageDir.resolve(lost.id().value()).resolve("note")).hasContent("kept");
			assertThat(world.now(lost).state()).isEqualTo(SandboxState.FAILED);
			world.passOnAnotherServer(World.KEPT);
			assertThat(world.store.find(lost.id())).isEmpty();
		}

		@Test
		void oneThatHasLostItsFilesTooIsForgottenAfterItsTime() throws Exception {
			Sandbox lost = world.create(SandboxRequest.PLAIN);
			Files.delete(Path.of(lost.workspace().directory()));
			world.backend.vanish(lost.requirePlacement().ref());
			world.clock.advance(Duration.ofMinutes(1));
			world.reconciliation.run(Duration.ZERO);
			world.runBackground();
			assertThat(world.now(lost).state()).isEqualTo(SandboxState.FAILED);
			world.pass(World.KEPT);
			assertThat(world.store.find(lost.id())).isEmpty();
		}

		@Test
		void whatSaysNothingOfItselfIsNotRecorded() {
			world.backend.start(new ContainerSpec("strange", world.base().image(), Map.of(),
					Map.of("io.sandboxmanager.manager", world.store.managerId()), world.base().resources(),
					world.base().profile(), 80, List.of()));
			for (int i = 0; i < 2; i++) {
				loseState();
				assertThat(world.reconciliation.run(Duration.ZERO).isNone()).isTrue();
			}
		}

		@Test
		void whatCannotBeLookedAtIsRecordedNextTime() {
			Sandbox lost = world.acquire("s");
			world.store.delete(lost);
			world.clock.advance(Duration.ofMinutes(1));
			Incarnation state = new Incarnation("two", world.clock.instant());
			world.compareWith(state);
			world.backend.faults().failNext(Operation.INSPECT, new EngineUnreachableException("no answer", null));
			assertThat(world.reconciliation.run(Duration.ZERO).isNone()).isTrue();
			world.compareWith(state);
			assertThat(world.reconciliation.run(Duration.ZERO)).isEqualTo(new Reconciliation.Drift(0, 0, 1));
		}

		@Test
		void whatWasMadeAfterTheStateWasLostIsALeftover() {
			loseState();
			world.clock.advance(Duration.ofSeconds(1));
			Sandbox leftover = world.acquire("s");
			world.store.delete(leftover);
			world.clock.advance(Duration.ofMinutes(1));
			assertThat(world.reconciliation.run(Duration.ZERO)).isEqualTo(new Reconciliation.Drift(1, 0, 0));
		}

		@Test
		void aMemberWhoseEndWasMissedLeavesItsPool() {
			world.fill();
			Sandbox member = world.store.warm("base").get(0);
			world.backend.kill(member.requirePlacement().ref(), 137, false);
			world.reconciliation.run(Duration.ofMinutes(1));
			assertThat(world.store.warm("base")).hasSize(1).doesNotContain(member);
		}

		@Test
		void theContainersOfOtherServersAreNotTakenForLost() {
			Sandbox others = world.acquire("s");
			world.clock.advance(Duration.ofSeconds(60));
			world.backend.giveToOthers(others.requirePlacement().ref());
			assertThat(world.reconciliation.run(Duration.ZERO).isNone()).isTrue();
			assertThat(world.now(others).state()).isEqualTo(SandboxState.RUNNING);
		}

		/** The next comparison sees a state that is younger than all that runs. */
		private void loseState() {
			world.compareWith(new Incarnation("two", world.clock.instant()));
		}

		@Test
		void aYoungContainerIsLeftAlone() {
			Sandbox young = world.acquire("s");
			world.store.delete(young);
			assertThat(world.reconciliation.run(Duration.ofSeconds(30)).containersRemoved()).isZero();
		}

		@Test
		void recordsOfAnotherEngineAreNotTouched() {
			Sandbox elsewhere = world.acquire("s");
			world.backend.vanish(elsewhere.requirePlacement().ref());
			world.backend.setEngineId("another-engine");
			world.clock.advance(Duration.ofSeconds(60));
			assertThat(world.reconciliation.run(Duration.ZERO).recordsFailed()).isZero();
		}

		@Test
		void theContainerOfARecycledSandboxDoesNotStay() {
			Sandbox sandbox = world.acquire("s");
			world.backend.faults().failNext(Operation.REMOVE, new EngineUnreachableException("no answer", null));
			world.pass(World.IDLE);
			world.runBackground();
			assertThat(world.now(sandbox).state()).isEqualTo(SandboxState.RECYCLED);
			assertThat(world.reconciliation.run(Duration.ZERO).containersRemoved()).isEqualTo(1);
		}

	}

	@Nested
	class AtTheLimit {

		private World full;

		@BeforeEach
		void begin() {
			this.full = new World(folder.resolve("full"), 1, 2);
		}

		@AfterEach
		void end() {
			this.full.close();
		}

		@Test
		void aCallerGetsNothingOnlyWhenAllSlotsAreHandedOut() {
			this.full.acquire("s");
			this.full.acquire("t");
			assertThatExceptionOfType(SandboxLimitExceededException.class).isThrownBy(() -> this.full.acquire("u"))
				.withMessageContaining("2 of at most 2");
		}

		@Test
		void whoGetsNothingLetsNoImageBePulled() {
			this.full.acquire("s");
			this.full.acquire("t");
			int images = this.full.backend.faults().calls(Operation.PREPARE_IMAGE);
			assertThatExceptionOfType(SandboxLimitExceededException.class)
				.isThrownBy(() -> this.full.create(SandboxRequest.PLAIN));
			assertThat(this.full.backend.faults().calls(Operation.PREPARE_IMAGE)).isEqualTo(images);
		}

		@Test
		void aWarmOneMakesRoomForACallerThatCannotUseIt() {
			this.full.fill();
			this.full.create(SandboxRequest.PLAIN);
			Sandbox second = this.full.create(new SandboxRequest("s", Map.of("A", "1"), Map.of(), null, null));
			assertThat(second.state()).isEqualTo(SandboxState.RUNNING);
			assertThat(this.full.store.warm("base")).isEmpty();
		}

		@Test
		void aMemberThatBecomesWarmWhileACallerLooksIsNotOverlooked() {
			this.full.acquire("s");
			Sandbox member = TestSandboxes.placed("base", Owner.POOL);
			this.full.store.insert(member, Admission.within(new SlotLimits(2, 0)));
			this.full.storeFaults.beforeNext("insert", 2, () -> this.full.store.update(member.warm(TestSandboxes.NOW)));
			assertThat(this.full.acquire("t").state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void aReleaseMakesRoomAtOnce() {
			Sandbox first = this.full.acquire("s");
			this.full.acquire("t");
			this.full.release.release(first.name());
			assertThat(this.full.acquire("u").state()).isEqualTo(SandboxState.RUNNING);
		}

		@Test
		void thePoolNeverTakesMoreThanTheLimit() {
			this.full.acquire("s");
			this.full.acquire("t");
			this.full.fill();
			assertThat(this.full.backend.size()).isEqualTo(2);
			assertThat(this.full.pools.status().get(0).lastFailure()).isNull();
		}

		@Test
		void theOwnerOfAClaimIsWhoAsked() {
			this.full.fill();
			assertThat(this.full.acquire("s").owner()).isEqualTo(Owner.ANONYMOUS);
		}

	}

}
