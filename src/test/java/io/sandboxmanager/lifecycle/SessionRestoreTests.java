package io.sandboxmanager.lifecycle;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.testing.Faults;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A recycled session comes back once, whoever dies while it does. */
class SessionRestoreTests {

	@TempDir
	private Path folder;

	private final ExecutorService threads = Executors.newFixedThreadPool(8);

	private World world;

	private DefaultSandboxAccess other;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 0, 0);
		this.other = this.world.access(new LeaseKeeper(this.world.store, this.world.clock), this.threads);
	}

	@AfterEach
	void end() {
		this.threads.shutdownNow();
		this.world.close();
	}

	/** Before each step that changes the shared state. */
	@ParameterizedTest
	@CsvSource({ "updateUnder, 1", "insert, 1", "update, 1", "update, 2", "update, 3", "update, 4", "giveUp, 1" })
	void aServerThatDiesAtAnyStepOfARestoreLeavesOneSandboxThatIsFound(String step, int nth) {
		Sandbox old = recycled("s");
		this.world.backend.faults().failAlways(Operation.REMOVE, () -> new EngineUnreachableException("dead", null));
		this.world.storeFaults.dieBeforeNext(step, nth);
		assertThatExceptionOfType(SandboxException.class).isThrownBy(() -> this.world.access.reach(old.name()));
		this.world.storeFaults.revive();
		this.world.backend.faults().clear();
		this.world.clock.advance(LeaseKeeper.TIME);
		Sandbox restored = this.other.reach(old.name());
		this.world.passOnAnotherServer(Duration.ofSeconds(30));
		this.world.runBackground();
		assertThat(this.world.now(old).state()).isEqualTo(SandboxState.REPLACED);
		assertThat(this.world.now(old).successor()).isEqualTo(restored.id());
		assertThat(this.world.store.bySession("s")).extracting(Sandbox::id).containsExactly(restored.id());
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void aSuccessorThatIsReadyIsNotMadeAgain() {
		Sandbox old = recycled("s");
		this.world.storeFaults.dieBeforeNext("update", 4);
		assertThatExceptionOfType(SandboxException.class).isThrownBy(() -> this.world.access.reach(old.name()));
		this.world.storeFaults.revive();
		SandboxId made = this.world.now(old).successor();
		int starts = this.world.backend.faults().calls(Operation.START);
		this.world.clock.advance(LeaseKeeper.TIME);
		assertThat(this.other.reach(old.name()).id()).isEqualTo(made);
		assertThat(this.world.backend.faults().calls(Operation.START)).isEqualTo(starts);
	}

	@Test
	void aSuccessorThatIsHalfMadeGoesByItsDeadline() {
		Sandbox old = recycled("s");
		this.world.backend.faults().failAlways(Operation.REMOVE, () -> new EngineUnreachableException("dead", null));
		this.world.storeFaults.dieBeforeNext("update", 3);
		assertThatExceptionOfType(SandboxException.class).isThrownBy(() -> this.world.access.reach(old.name()));
		this.world.storeFaults.revive();
		this.world.backend.faults().clear();
		assertThat(this.world.backend.size()).isEqualTo(1);
		this.world.passOnAnotherServer(Duration.ofSeconds(20));
		this.world.runBackground();
		assertThat(this.world.backend.size()).isZero();
		assertThat(this.world.now(old).state()).isEqualTo(SandboxState.RECYCLED);
		assertThat(this.other.reach(old.name()).state()).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void releasingTheOldNameReleasesASuccessorThatNobodyPointedTo() {
		Sandbox old = recycled("s");
		this.world.storeFaults.dieBeforeNext("update", 4);
		assertThatExceptionOfType(SandboxException.class).isThrownBy(() -> this.world.access.reach(old.name()));
		this.world.storeFaults.revive();
		this.world.release.release(old.name());
		this.world.runBackground();
		assertThat(this.world.backend.size()).isZero();
		assertThat(this.world.store.bySession("s")).isEmpty();
	}

	@Test
	void aReleaseBeforeTheSuccessorIsRecordedLeavesNothingOfIt() {
		Sandbox old = recycled("s");
		this.world.storeFaults.beforeNext("insert", 1, () -> this.world.release.release(old.name()));
		assertThatExceptionOfType(SandboxException.class).isThrownBy(() -> this.world.access.reach(old.name()));
		this.world.runBackground();
		assertThat(this.world.backend.size()).isZero();
		assertThat(this.world.store.bySession("s")).isEmpty();
	}

	@Test
	void whoLostTheRightToRestoreHandsOutTheSandboxOfTheNext() throws Exception {
		Sandbox old = recycled("s");
		CompletableFuture<Sandbox> slow;
		CompletableFuture<Sandbox> next;
		int starts = this.world.backend.faults().calls(Operation.START);
		try (Faults.Gate start = this.world.backend.faults().hold(Operation.START)) {
			slow = reach(this.world.access, old);
			this.world.awaitCalls(Operation.START, starts + 1);
			this.world.clock.advance(LeaseKeeper.TIME);
			next = reach(this.other, old);
			this.world.awaitCalls(Operation.START, starts + 2);
		}
		assertThat(get(slow).id()).isEqualTo(get(next).id());
		assertThat(this.world.store.bySession("s")).hasSize(1);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void theSandboxesOfASessionAreRestoredAtTheSameTimeAndInTheirOrder() throws Exception {
		List<Sandbox> old = Stream.of("s", "s", "s").map(this.world::acquire).toList();
		recycle();
		CompletableFuture<Sandbox> restored;
		int starts = this.world.backend.faults().calls(Operation.START);
		try (Faults.Gate start = this.world.backend.faults().hold(Operation.START)) {
			restored = reach(this.other, old.get(1));
			this.world.awaitCalls(Operation.START, starts + 3);
		}
		assertThat(get(restored).id()).isEqualTo(successor(old.get(1)));
		assertThat(this.world.store.bySession("s")).extracting(Sandbox::id)
			.containsExactlyElementsOf(old.stream().map(this::successor).toList());
	}

	@Test
	void oneThatCannotBeRestoredAtTheSameTimeKeepsNoOtherFromIt() throws Exception {
		List<Sandbox> old = Stream.of("s", "s", "s").map(this.world::acquire).toList();
		recycle();
		this.world.backend.faults().failNext(Operation.START, new EngineUnreachableException("no answer", null));
		for (Sandbox one : old) {
			reach(this.other, one).handle((done, failed) -> true).get(20, TimeUnit.SECONDS);
		}
		for (Sandbox one : old) {
			assertThat(get(reach(this.other, one)).id()).isEqualTo(successor(one));
		}
		assertThat(this.world.backend.size()).isEqualTo(3);
	}

	private Sandbox recycled(String session) {
		Sandbox sandbox = this.world.acquire(session);
		recycle();
		assertThat(this.world.now(sandbox).state()).isEqualTo(SandboxState.RECYCLED);
		return sandbox;
	}

	private void recycle() {
		this.world.pass(World.IDLE);
		this.world.runBackground();
	}

	private @Nullable SandboxId successor(Sandbox old) {
		return this.world.now(old).successor();
	}

	private CompletableFuture<Sandbox> reach(DefaultSandboxAccess server, Sandbox sandbox) {
		return CompletableFuture.supplyAsync(() -> server.reach(sandbox.name()));
	}

	private static <T> T get(CompletableFuture<T> call) throws Exception {
		return call.get(20, TimeUnit.SECONDS);
	}

}
