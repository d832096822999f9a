package io.sandboxmanager.config;

import java.time.Clock;

import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.memory.ManagerIdFile;
import io.sandboxmanager.store.memory.MemorySandboxStore;
import io.sandboxmanager.workspace.WorkspaceProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chooses where the state is kept. */
@Configuration(proxyBeanMethods = false)
class StoreConfiguration {

	@Bean
	Clock clock() {
		return Clock.systemUTC();
	}

	@Bean
	ManagerIdFile managerIdFile(WorkspaceProperties properties) {
		return ManagerIdFile.take(properties.stateDir());
	}

	@Bean
	SandboxStore sandboxStore(ChoiceProperties choices, ManagerIdFile managerId, Clock clock) {
		return switch (choices.store()) {
			case MEMORY -> new MemorySandboxStore(managerId.id(), clock);
		};
	}

}
