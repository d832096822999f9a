package io.sandboxmanager.store.memory;

import java.time.Clock;
import java.util.List;

import io.sandboxmanager.store.AbstractStoreScheduleTests;
import io.sandboxmanager.store.SandboxStore;

class MemoryStoreScheduleTests extends AbstractStoreScheduleTests {

	@Override
	protected List<SandboxStore> clients() {
		return List.of(new MemorySandboxStore("manager", Clock.systemUTC()));
	}

}
