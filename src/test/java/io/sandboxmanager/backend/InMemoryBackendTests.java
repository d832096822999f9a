package io.sandboxmanager.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.backend.ContainerListener.ContainerExit;
import io.sandboxmanager.backend.testing.Faults;
import io.sandboxmanager.backend.testing.InMemoryContainerBackend;
import io.sandboxmanager.backend.testing.Operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** The stand-in keeps the contract, and fails exactly as it is told to. */
class InMemoryBackendTests extends AbstractContainerBackendTests {

	private final InMemoryContainerBackend fake = InMemoryContainerBackend.withAgents();

	@Override
	protected ContainerBackend createBackend() {
		return this.fake;
	}

	@Override
	protected String image() {
		return "some/image:latest";
	}

	@Override
	protected String missingImage() {
		this.fake.dropImage("no/such-image:1");
		return "no/such-image:1";
	}

	@Override
	protected void kill(String ref) {
		this.fake.kill(ref, 137, false);
	}

	@Override
	protected void say(String ref, String line) {
		this.fake.say(ref, line);
	}

	@Nested
	class FaultsOnDemand {

		private final Faults faults = InMemoryBackendTests.this.fake.faults();

		private final NoCapacityException full = new NoCapacityException("full", null);

		@Test
		void failOneCallBeforeItsWork() {
			this.faults.failNext(Operation.START, this.full);
			assertThatExceptionOfType(NoCapacityException.class).isThrownBy(() -> backend().start(spec()));
			assertThat(InMemoryBackendTests.this.fake.size()).isZero();
			backend().start(spec());
			assertThat(this.faults.calls(Operation.START)).isEqualTo(2);
			assertThat(InMemoryBackendTests.this.fake.started()).hasSize(1);
		}

		@Test
		void loseAnAnswerAfterTheWork() {
			this.faults.loseNextAnswer(Operation.START, new EngineUnreachableException("lost", null));
			assertThatExceptionOfType(EngineUnreachableException.class).isThrownBy(() -> backend().start(spec()));
			assertThat(backend().list(labels())).hasSize(1);
		}

		@Test
		void lastUntilTheyAreCleared() {
			this.faults.failAlways(Operation.STATUS, () -> this.full);
			for (int i = 0; i < 3; i++) {
				assertThatExceptionOfType(NoCapacityException.class).isThrownBy(() -> backend().status("any"));
			}
			this.faults.clear();
			assertThat(backend().status("any")).isEqualTo(ContainerStatus.ABSENT);
		}

		@Test
		void holdCallsUpUntilTheGateOpens() {
			Faults.Gate gate = this.faults.hold(Operation.START);
			CompletableFuture<ContainerHandle> start = CompletableFuture.supplyAsync(() -> backend().start(spec()));
			await().until(() -> this.faults.calls(Operation.START) == 1);
			assertThat(start).isNotDone();
			assertThat(InMemoryBackendTests.this.fake.size()).isZero();
			gate.open();
			awaitAgent(start.join().endpoint());
		}

		@Test
		void loseEventsUntilTheReconnect() {
			List<String> heard = new ArrayList<>();
			backend().watch(labels(), new ContainerListener() {

				@Override
				public void onExit(ContainerExit exit) {
					heard.add(exit.ref());
				}

				@Override
				public void onReconnect() {
					heard.add("reconnect");
				}

			});
			ContainerHandle lost = backend().start(spec());
			ContainerHandle reported = backend().start(spec());
			InMemoryBackendTests.this.fake.loseEvents();
			kill(lost.ref());
			InMemoryBackendTests.this.fake.reconnectEvents();
			kill(reported.ref());
			assertThat(heard).containsExactly("reconnect", reported.ref());
		}

		@Test
		void letAContainerVanishAndAnImageChange() {
			ContainerHandle handle = backend().start(spec());
			InMemoryBackendTests.this.fake.vanish(handle.ref());
			assertThat(backend().status(handle.ref())).isEqualTo(ContainerStatus.ABSENT);
			String before = backend().prepareImage(image()).digest();
			InMemoryBackendTests.this.fake.changeImage(image());
			assertThat(backend().prepareImage(image()).digest()).isNotEqualTo(before);
		}

	}

}
