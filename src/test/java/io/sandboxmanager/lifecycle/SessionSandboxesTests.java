package io.sandboxmanager.lifecycle;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.EngineFailedException;
import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.testing.Faults;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.ProvisioningException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A session and a type have one sandbox, whoever asks for it. */
class SessionSandboxesTests {

	@TempDir
	private Path folder;

	private final ExecutorService callers = Executors.newFixedThreadPool(8);

	private World world;

	private LeaseKeeper otherLeases;

	private SessionSandboxes sessions;

	private SessionSandboxes other;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 0, 0);
		this.otherLeases = new LeaseKeeper(this.world.store, this.world.clock);
		this.sessions = this.world.sessions(this.world.leases);
		this.other = this.world.sessions(this.otherLeases);
	}

	@AfterEach
	void end() {
		this.callers.shutdownNow();
		this.world.close();
	}

	@Test
	void manyCallersAtOnceOnTwoServersGetOneSandbox() throws Exception {
		List<CompletableFuture<Sandbox>> calls = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			calls.add(call((i % 2 == 0) ? this.sessions : this.other));
		}
		SandboxId first = get(calls.get(0)).id();
		for (CompletableFuture<Sandbox> call : calls) {
			assertThat(get(call).id()).isEqualTo(first);
		}
		assertThat(this.world.backend.faults().calls(Operation.START)).isEqualTo(1);
	}

	@Test
	void aSessionThatBeginsAnewHasNothingOfBefore() {
		Sandbox first = fresh();
		assertThat(fresh().id()).isEqualTo(first.id());
		this.world.pass(World.IDLE);
		this.world.runBackground();
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RECYCLED);
		Sandbox second = fresh();
		assertThat(second.id()).isNotEqualTo(first.id());
		assertThat(second.workspace()).isNotEqualTo(first.workspace());
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASED);
		assertThat(fresh().id()).isEqualTo(second.id());
	}

	private Sandbox fresh() {
		return this.sessions.freshSandboxOf("s", this.world.base(), Owner.ANONYMOUS);
	}

	@Test
	void aPullThatOutlastsManyLeasesMakesOneSandbox() throws Exception {
		CompletableFuture<Sandbox> maker;
		CompletableFuture<Sandbox> waiting;
		try (Faults.Gate pull = this.world.backend.faults().hold(Operation.PREPARE_IMAGE)) {
			maker = call(this.sessions);
			this.world.awaitCalls(Operation.PREPARE_IMAGE, 1);
			waiting = call(this.other);
			this.world.pass(Duration.ofMinutes(20));
			assertThat(waiting).isNotDone();
			assertThat(this.world.backend.faults().calls(Operation.PREPARE_IMAGE)).isEqualTo(1);
		}
		assertThat(get(waiting).id()).isEqualTo(get(maker).id());
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void aMakerThatDiedKeepsItsSessionForAMomentOnly() throws Exception {
		this.world.backend.faults().failNext(Operation.START, new EngineUnreachableException("no answer", null));
		this.world.storeFaults.failNext("giveUp", new StateUnavailableException("dead", null));
		assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> sandboxOf(this.sessions));
		CompletableFuture<Sandbox> waiting = call(this.other);
		this.world.clock.advance(Duration.ofSeconds(14));
		TimeUnit.MILLISECONDS.sleep(300);
		assertThat(waiting).isNotDone();
		this.world.clock.advance(Duration.ofSeconds(1));
		assertThat(get(waiting).state()).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void aMakerThatLostItsLeaseHandsOutTheSandboxOfTheNext() throws Exception {
		CompletableFuture<Sandbox> slow;
		CompletableFuture<Sandbox> next;
		try (Faults.Gate start = this.world.backend.faults().hold(Operation.START)) {
			slow = call(this.sessions);
			this.world.awaitCalls(Operation.START, 1);
			this.world.clock.advance(LeaseKeeper.TIME);
			next = call(this.other);
			this.world.awaitCalls(Operation.START, 2);
		}
		assertThat(get(slow).id()).isEqualTo(get(next).id());
		this.world.runBackground();
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void anotherTypeAndAnotherOwnerGetTheirOwn() {
		Sandbox base = sandboxOf(this.sessions);
		Sandbox browser = this.sessions.sandboxOf("s", this.world.catalogue.find("browser"), Owner.ANONYMOUS);
		Sandbox others = this.sessions.sandboxOf("s", this.world.base(), new Owner("somebody"));
		assertThat(List.of(base.id(), browser.id(), others.id())).doesNotHaveDuplicates();
		assertThat(others.owner()).isEqualTo(new Owner("somebody"));
		assertThat(sandboxOf(this.sessions).id()).isEqualTo(base.id());
	}

	@Test
	void theRecycledOneIsRestored() {
		Sandbox old = sandboxOf(this.sessions);
		this.world.pass(World.IDLE);
		this.world.runBackground();
		assertThat(this.world.now(old).state()).isEqualTo(SandboxState.RECYCLED);
		Sandbox restored = sandboxOf(this.other);
		assertThat(this.world.now(old).successor()).isEqualTo(restored.id());
		assertThat(sandboxOf(this.sessions).id()).isEqualTo(restored.id());
	}

	@Test
	void aStoppedOneIsStartedAgain() {
		Sandbox sandbox = sandboxOf(this.sessions);
		assertThat(this.world.control.stop(sandbox.name())).isTrue();
		Sandbox again = sandboxOf(this.other);
		assertThat(again.id()).isEqualTo(sandbox.id());
		assertThat(again.state()).isEqualTo(SandboxState.RUNNING);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void aStoppedOneThatDoesNotStartAnyMoreIsReplacedAndHoldsNoSlot() {
		Sandbox sandbox = sandboxOf(this.sessions);
		this.world.control.stop(sandbox.name());
		this.world.backend.faults().failNext(Operation.RESUME, new EngineFailedException("its disk is full", null));
		assertThat(sandboxOf(this.sessions).id()).isNotEqualTo(sandbox.id());
		this.world.runBackground();
		assertThat(this.world.now(sandbox).state()).isEqualTo(SandboxState.RELEASED);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void whileTheEngineDoesNotAnswerAStoppedOneIsKept() {
		Sandbox sandbox = sandboxOf(this.sessions);
		this.world.control.stop(sandbox.name());
		this.world.backend.faults().failNext(Operation.RESUME, new EngineUnreachableException("away", null));
		assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(() -> sandboxOf(this.sessions));
		assertThat(sandboxOf(this.sessions).id()).isEqualTo(sandbox.id());
	}

	private CompletableFuture<Sandbox> call(SessionSandboxes server) {
		return CompletableFuture.supplyAsync(() -> sandboxOf(server), this.callers);
	}

	private Sandbox sandboxOf(SessionSandboxes server) {
		return server.sandboxOf("s", this.world.base(), Owner.ANONYMOUS);
	}

	private static <T> T get(CompletableFuture<T> call) throws Exception {
		return call.get(20, TimeUnit.SECONDS);
	}

}
