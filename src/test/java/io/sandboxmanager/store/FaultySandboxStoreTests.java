package io.sandboxmanager.store;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.memory.MemorySandboxStore;

import static io.sandboxmanager.sandbox.TestSandboxes.HASH;
import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FaultySandboxStoreTests extends AbstractSandboxStoreTests {

	private final StoreFaults faults = new StoreFaults();

	@Override
	protected SandboxStore createStore() {
		return this.faults.over(new MemorySandboxStore("manager", this.clock));
	}

	@Test
	void aFaultIsUsedUpByOneCall() {
		try (SandboxStore store = createStore()) {
			StateUnavailableException away = new StateUnavailableException("away", null);
			this.faults.failNext("sessions", away);
			assertThatThrownBy(store::sessions).isSameAs(away);
			assertThat(store.sessions()).isEmpty();
		}
	}

	private void assertLost(String operation, ThrowingCallable call) {
		this.faults.loseNextAnswer(operation);
		assertThatThrownBy(call).isInstanceOf(StateUnavailableException.class).hasMessageContaining(operation);
		assertThat(this.faults.areUsedUp()).isTrue();
	}

	@Test
	void aRecordWhoseInsertHadNoAnswerIsThereAndTakesItsSlot() {
		try (SandboxStore store = createStore()) {
			Sandbox begun = TestSandboxes.provisioning("base", Owner.POOL);
			assertLost("insert", () -> store.insert(begun, Admission.within(SlotLimits.NONE)));
			assertThat(store.find(begun.id())).contains(begun);
			assertThat(store.poolCount("base", HASH).starting()).isEqualTo(1);
			assertThat(store.due(NOW.plusSeconds(180), 10)).containsExactly(begun);
		}
	}

	@Test
	void aClaimWithoutAnAnswerHasTakenItsMemberAndNobodyElseGetsIt() {
		try (SandboxStore store = createStore()) {
			Sandbox member = TestSandboxes.warm("base");
			store.insert(member, Admission.within(SlotLimits.NONE));
			assertLost("claimWarm", () -> store.claimWarm("base", HASH, TestSandboxes.claim("lost", NOW)));
			assertThat(store.claimWarm("base", HASH, TestSandboxes.claim("s", NOW))).isEmpty();
			assertThat(store.bySession("lost")).extracting(Sandbox::id).containsExactly(member.id());
			assertThat(store.due(NOW.plus(TestSandboxes.IDLE), 10)).extracting(Sandbox::id)
				.containsExactly(member.id());
		}
	}

	@Test
	void anUpdateWithoutAnAnswerIsDoneOnce() {
		try (SandboxStore store = createStore()) {
			Sandbox running = TestSandboxes.running("base", "s");
			store.insert(running, Admission.within(SlotLimits.NONE));
			Sandbox releasing = running.releasing(NOW, NOW);
			assertLost("update", () -> store.update(releasing));
			assertThat(store.find(running.id())).contains(releasing.atVersion(running.version() + 1));
		}
	}

	@Test
	void aRemovalWithoutAnAnswerIsDone() {
		try (SandboxStore store = createStore()) {
			Sandbox running = TestSandboxes.running("base", "s");
			store.insert(running, Admission.within(SlotLimits.NONE));
			assertLost("delete", () -> store.delete(running));
			assertThat(store.find(running.id())).isEmpty();
			assertThat(store.sessions()).isEmpty();
		}
	}

	@Test
	void whatWasPutBackWithoutAnAnswerIsThereUnderItsNewNameAlone() {
		try (SandboxStore store = createStore()) {
			Sandbox running = TestSandboxes.running("base", "s");
			store.insert(running, Admission.within(SlotLimits.NONE));
			Sandbox releasing = store.update(running.releasing(NOW, NOW));
			Sandbox member = releasing.again(SandboxId.random(), "another", NOW);
			Instant purgeAt = NOW.plusSeconds(60);
			assertLost("putBack", () -> store.putBack(releasing.passedOn(NOW, purgeAt), member, SlotLimits.NONE, 1));
			assertThat(store.find(running.id()).map(Sandbox::state)).contains(SandboxState.RELEASED);
			assertThat(store.warm("base")).containsExactly(member);
			assertThat(store.containers("engine-1"))
				.containsOnly(Map.entry(running.requirePlacement().ref(), member.id()));
		}
	}

	@Test
	void anAnswerThatComesLateIsTheAnswerOfTheTimeBefore() {
		try (SandboxStore store = createStore()) {
			Lease first = store.lease("fill", "one", Duration.ofSeconds(3)).orElseThrow();
			this.faults.delayNextAnswer("lease", Duration.ofSeconds(3), this.clock);
			Optional<Lease> late = store.lease("fill", "one", Duration.ofSeconds(3));
			assertThat(late.map(Lease::token)).contains(first.token());
			assertThat(store.lease("fill", "other", Duration.ofSeconds(3))).isPresent();
		}
	}

}
