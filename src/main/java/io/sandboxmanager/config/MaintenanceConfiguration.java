package io.sandboxmanager.config;

import java.time.Clock;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.lifecycle.DefaultSandboxAccess;
import io.sandboxmanager.lifecycle.LeaseKeeper;
import io.sandboxmanager.lifecycle.LifecycleProperties;
import io.sandboxmanager.lifecycle.Reconciliation;
import io.sandboxmanager.lifecycle.SandboxControl;
import io.sandboxmanager.lifecycle.SandboxExpiry;
import io.sandboxmanager.lifecycle.SandboxRelease;
import io.sandboxmanager.lifecycle.UnheardSandboxes;
import io.sandboxmanager.maintenance.DiskGuardTask;
import io.sandboxmanager.maintenance.ExitWatch;
import io.sandboxmanager.maintenance.FreeSpace;
import io.sandboxmanager.maintenance.KeepAliveTask;
import io.sandboxmanager.maintenance.MaintenanceProperties;
import io.sandboxmanager.maintenance.MaintenanceScheduler;
import io.sandboxmanager.maintenance.MaintenanceTask;
import io.sandboxmanager.maintenance.ReapTask;
import io.sandboxmanager.maintenance.ReconcileTask;
import io.sandboxmanager.maintenance.RefillTask;
import io.sandboxmanager.maintenance.RegistrationTask;
import io.sandboxmanager.maintenance.StateWatchTask;
import io.sandboxmanager.maintenance.UnheardTask;
import io.sandboxmanager.maintenance.VerifyTask;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.ContainerLabels;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.runtime.SandboxRuntime;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.workspace.WorkspaceFolders;

/** What the server does by itself, from its start to its end. */
@Configuration(proxyBeanMethods = false)
class MaintenanceConfiguration {

	@Bean
	ReapTask reapTask(SandboxStore store, DefaultSandboxAccess access, SandboxExpiry expiry,
			MaintenanceProperties properties, Clock clock) {
		return new ReapTask(store, access, expiry, properties.reapInterval(), clock);
	}

	@Bean
	RefillTask refillTask(WarmPools pools) {
		return new RefillTask(pools);
	}

	@Bean
	VerifyTask verifyTask(WarmPools pools, SandboxRuntime runtime, ExecutorService removalExecutor,
			MaintenanceProperties properties) {
		return new VerifyTask(pools, runtime::checkHealth, removalExecutor, properties.verifyInterval());
	}

	@Bean
	ReconcileTask reconcileTask(Reconciliation reconciliation, MaintenanceProperties properties) {
		return new ReconcileTask(reconciliation, properties.reconcileInterval());
	}

	@Bean
	DiskGuardTask diskGuardTask(SandboxStore store, ContainerBackend backend, SandboxControl control,
			WorkspaceFolders folders, MaintenanceProperties properties) {
		LongSupplier free = new FreeSpace(folders.root(), backend::storage)::bytes;
		return new DiskGuardTask(store, backend, control, ContainerLabels.ofManager(store.managerId()), free,
				properties.minFreeDisk().toBytes());
	}

	@Bean
	RegistrationTask registrationTask(SandboxStore store, ContainerBackend backend, ServerId id, Clock clock) {
		return new RegistrationTask(store, backend, id.value(), clock);
	}

	@Bean
	KeepAliveTask keepAliveTask(Provisioner provisioner) {
		return new KeepAliveTask("keep-alive", provisioner::keepAlive);
	}

	@Bean
	KeepAliveTask removalTask(Remover remover) {
		return new KeepAliveTask("removals", remover::keepAlive);
	}

	@Bean
	KeepAliveTask leaseTask(LeaseKeeper leases) {
		return new KeepAliveTask("leases", leases::keepAlive);
	}

	@Bean
	UnheardTask unheardTask(UnheardSandboxes unheard) {
		return new UnheardTask(unheard);
	}

	@Bean
	StateWatchTask stateWatchTask(SandboxStore store, ReconcileTask reconcile) {
		return new StateWatchTask(store::incarnation, reconcile::run);
	}

	@Bean
	MaintenanceScheduler maintenanceScheduler(List<MaintenanceTask> tasks) {
		return new MaintenanceScheduler(tasks);
	}

	@Bean
	ExitWatch exitWatch(ContainerBackend backend, SandboxStore store, SandboxControl control, WarmPools pools,
			MaintenanceScheduler scheduler, ReconcileTask reconcile) {
		return new ExitWatch(backend, ContainerLabels.ofManager(store.managerId()), control, pools,
				() -> scheduler.runSoon(reconcile));
	}

	@Bean
	ServerStart serverStart(RegistrationTask registration, Reconciliation reconciliation, SandboxStore store,
			WorkspaceFolders folders, WarmPools pools, MaintenanceScheduler scheduler) {
		return new ServerStart(registration, reconciliation, store, folders, pools, scheduler);
	}

	@Bean
	FillStop fillStop(WarmPools pools) {
		return new FillStop(pools);
	}

	@Bean
	ServerStop serverStop(MaintenanceScheduler scheduler, Provisioner provisioner, SandboxRelease release,
			UnheardSandboxes unheard, RegistrationTask registration, Remover remover, LifecycleProperties properties,
			Clock clock) {
		return new ServerStop(scheduler, provisioner, release, unheard, registration, remover, properties.autoCleanup(),
				Sleeper.system(), clock);
	}

}
