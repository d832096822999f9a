package io.sandboxmanager.store;

import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.memory.MemorySandboxStore;
import org.junit.jupiter.api.Test;

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

}
