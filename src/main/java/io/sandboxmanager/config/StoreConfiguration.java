package io.sandboxmanager.config;

import java.time.Clock;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.memory.ManagerIdFile;
import io.sandboxmanager.store.memory.MemorySandboxStore;
import io.sandboxmanager.store.redis.RedisProperties;
import io.sandboxmanager.store.redis.RedisSandboxStore;
import io.sandboxmanager.workspace.WorkspaceProperties;

/** Chooses where the state is kept. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RedisProperties.class)
class StoreConfiguration {

	@Bean
	Clock clock() {
		return Clock.systemUTC();
	}

	@Bean
	ServerId serverId() {
		return new ServerId(SandboxId.random().value());
	}

	@Bean
	ManagerIdFile managerIdFile(WorkspaceProperties properties) {
		return ManagerIdFile.take(properties.stateDir());
	}

	@Bean
	SandboxStore sandboxStore(ChoiceProperties choices, ManagerIdFile managerId, RedisProperties redis,
			WorkspaceProperties files, Clock clock) {
		return switch (choices.store()) {
			case MEMORY -> new MemorySandboxStore(managerId.id(), clock);
			case REDIS -> RedisSandboxStore.open(redis, files.stateDir());
		};
	}

}
