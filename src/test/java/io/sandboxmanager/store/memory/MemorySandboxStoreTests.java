package io.sandboxmanager.store.memory;

import io.sandboxmanager.store.AbstractSandboxStoreTests;
import io.sandboxmanager.store.SandboxStore;

class MemorySandboxStoreTests extends AbstractSandboxStoreTests {

	@Override
	protected SandboxStore createStore() {
		return new MemorySandboxStore("manager", this.clock);
	}

}
