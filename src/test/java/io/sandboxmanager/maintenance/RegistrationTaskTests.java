package io.sandboxmanager.maintenance;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import io.sandboxmanager.backend.testing.InMemoryContainerBackend;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.MutableClock;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.StoreFaults;
import io.sandboxmanager.store.memory.MemorySandboxStore;

import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Which server is the last, and so may clean up. */
class RegistrationTaskTests {

	private static final Duration CLEANUP = Duration.ofSeconds(30);

	private final MutableClock clock = new MutableClock(NOW);

	private final StoreFaults faults = new StoreFaults();

	private final SandboxStore store = this.faults.over(new MemorySandboxStore("manager", this.clock));

	private final InMemoryContainerBackend backend = InMemoryContainerBackend.withoutAgents(this.clock);

	private RegistrationTask server(String name) {
		RegistrationTask server = new RegistrationTask(this.store, this.backend, name, this.clock);
		server.run();
		return server;
	}

	@Test
	void theLastToLeaveIsToldSo() {
		RegistrationTask one = server("one");
		RegistrationTask other = server("other");
		assertThat(one.leave(CLEANUP)).isEmpty();
		assertThat(other.leave(CLEANUP)).isPresent();
	}

	@Test
	void afterATimeWithoutTheStateNobodyIsSureToBeTheLast() {
		RegistrationTask one = server("one");
		server("other");
		this.clock.advance(Duration.ofSeconds(25));
		this.faults.failNext("register", new StateUnavailableException("away", null));
		assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(one::run);
		this.clock.advance(Duration.ofSeconds(5));
		one.run();
		assertThat(one.leave(CLEANUP)).as("the other may come back in a moment").isEmpty();
	}

	@Test
	void onceAllHadTimeToComeBackOneIsSureAgain() {
		RegistrationTask one = server("one");
		this.faults.failNext("register", new StateUnavailableException("away", null));
		assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(one::run);
		this.clock.advance(Duration.ofSeconds(10));
		one.run();
		assertThat(one.leave(CLEANUP)).isPresent();
	}

	@Test
	void whoHasLeftDoesNotComeBackByARegistrationThatWasDue() {
		RegistrationTask one = server("one");
		RegistrationTask other = server("other");
		one.leave(CLEANUP);
		one.run();
		assertThat(other.leave(CLEANUP)).isPresent();
	}

}
