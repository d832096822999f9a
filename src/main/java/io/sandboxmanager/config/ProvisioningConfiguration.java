package io.sandboxmanager.config;

import java.time.Clock;
import java.util.concurrent.ExecutorService;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.lifecycle.LifecycleProperties;
import io.sandboxmanager.pool.PoolProperties;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.ProvisioningProperties;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.provisioning.Slots;
import io.sandboxmanager.provisioning.Workspaces;
import io.sandboxmanager.runtime.ReadinessProbe;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.memory.ManagerIdFile;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.workspace.WorkspaceFolders;
import io.sandboxmanager.workspace.WorkspaceProperties;
import io.sandboxmanager.workspace.WorkspaceStorage;
import io.sandboxmanager.workspace.local.LocalWorkspaceStorage;

/** How sandboxes are made, pooled and removed. */
@Configuration(proxyBeanMethods = false)
class ProvisioningConfiguration {

	private static final int REMOVALS_AT_ONCE = 16;

	/** What it has begun each server notes for itself, also where the state is shared. */
	@Bean
	WorkspaceFolders workspaceFolders(WorkspaceProperties properties, ManagerIdFile own) {
		return new WorkspaceFolders(properties, properties.stateDir().resolve(own.id()));
	}

	@Bean
	WorkspaceStorage workspaceStorage(ChoiceProperties choices, WorkspaceProperties properties) {
		return switch (choices.storage()) {
			case LOCAL -> new LocalWorkspaceStorage(properties.storageFolder(), Sleeper.system());
		};
	}

	@Bean
	Workspaces workspaces(WorkspaceFolders folders, WorkspaceStorage storage, ContainerBackend backend) {
		return new Workspaces(folders, storage, backend.capabilities());
	}

	@Bean
	Slots slots(SandboxStore store, Remover remover, LifecycleProperties lifecycle, Clock clock) {
		return new Slots(store, remover, lifecycle.maxInstances(), clock);
	}

	@Bean
	Provisioner provisioner(ContainerBackend backend, SandboxStore store, Slots slots, Remover remover,
			Workspaces workspaces, ReadinessProbe readiness, WorkspaceProperties files,
			ProvisioningProperties properties, Clock clock) {
		return new Provisioner(backend, store, slots, remover, workspaces, readiness::awaitReady,
				files.readonlyMounts(), properties, clock);
	}

	@Bean(destroyMethod = "shutdownNow")
	ExecutorService removalExecutor() {
		return WorkerPools.named("removal", REMOVALS_AT_ONCE);
	}

	@Bean
	Remover remover(ContainerBackend backend, SandboxStore store, Workspaces workspaces, LifecycleProperties lifecycle,
			ExecutorService removalExecutor, Clock clock) {
		return new Remover(backend, store, workspaces, lifecycle.releasedTtl(), lifecycle.recycledTtl(),
				removalExecutor, clock);
	}

	@Bean(destroyMethod = "shutdownNow")
	ExecutorService fillExecutor(TemplateCatalogue catalogue, PoolProperties properties) {
		// one thread more for each pool: looking at the demand must not wait for the
		// making
		int perPool = properties.concurrency() + 1;
		return WorkerPools.named("pool-fill", Math.max(1, catalogue.pooledTypes().size() * perPool));
	}

	@Bean
	WarmPools warmPools(TemplateCatalogue catalogue, SandboxStore store, Provisioner provisioner, Remover remover,
			ServerId server, ExecutorService fillExecutor, PoolProperties properties, Clock clock) {
		return new WarmPools(catalogue.pooledTypes(), store, provisioner, remover, server.value(), fillExecutor,
				properties, clock, System::nanoTime);
	}

}
