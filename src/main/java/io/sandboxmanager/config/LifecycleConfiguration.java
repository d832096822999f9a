package io.sandboxmanager.config;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.aio.AioSessions;
import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.lifecycle.DefaultSandboxAccess;
import io.sandboxmanager.lifecycle.IdleTimes;
import io.sandboxmanager.lifecycle.LeaseKeeper;
import io.sandboxmanager.lifecycle.LifecycleProperties;
import io.sandboxmanager.lifecycle.PoolControl;
import io.sandboxmanager.lifecycle.Reconciliation;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.lifecycle.SandboxControl;
import io.sandboxmanager.lifecycle.SandboxCreation;
import io.sandboxmanager.lifecycle.SandboxExpiry;
import io.sandboxmanager.lifecycle.SandboxLookup;
import io.sandboxmanager.lifecycle.SandboxRelease;
import io.sandboxmanager.lifecycle.SandboxReuse;
import io.sandboxmanager.lifecycle.SandboxTools;
import io.sandboxmanager.lifecycle.SessionRestore;
import io.sandboxmanager.lifecycle.SessionSandboxes;
import io.sandboxmanager.lifecycle.Sessions;
import io.sandboxmanager.lifecycle.Succession;
import io.sandboxmanager.lifecycle.UnheardSandboxes;
import io.sandboxmanager.lifecycle.UntriedSandboxes;
import io.sandboxmanager.maintenance.MaintenanceProperties;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.ProvisioningProperties;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.provisioning.Slots;
import io.sandboxmanager.runtime.ReadinessProbe;
import io.sandboxmanager.runtime.SandboxRuntime;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;

/** The use cases. */
@Configuration(proxyBeanMethods = false)
class LifecycleConfiguration {

	@Bean
	SandboxLookup sandboxLookup(SandboxStore store, ProvisioningProperties provisioning) {
		return new SandboxLookup(store, provisioning.containerPrefix());
	}

	@Bean
	SandboxCreation sandboxCreation(SandboxStore store, WarmPools pools, Provisioner provisioner,
			UnheardSandboxes unheard, LifecycleProperties properties, IdleTimes idle, Clock clock) {
		return new SandboxCreation(store, pools, provisioner, unheard, properties, idle, clock);
	}

	@Bean
	UnheardSandboxes unheardSandboxes(SandboxRelease release) {
		return new UnheardSandboxes(release);
	}

	@Bean
	SandboxReuse sandboxReuse(WarmPools pools, TemplateCatalogue catalogue, SandboxRuntime runtime, Slots slots,
			Remover remover, ProvisioningProperties provisioning, LifecycleProperties properties, Clock clock) {
		return new SandboxReuse(pools, catalogue, runtime, slots, remover, provisioning.containerPrefix(),
				properties.releasedTtl(), clock);
	}

	@Bean
	SandboxRelease sandboxRelease(SandboxStore store, SandboxLookup lookup, Remover remover, SandboxReuse reuse,
			LifecycleProperties properties, Clock clock) {
		return new SandboxRelease(store, lookup, remover, reuse, properties.releasedTtl(), clock);
	}

	@Bean
	UntriedSandboxes untriedSandboxes(SandboxStore store, Remover remover, Clock clock) {
		return new UntriedSandboxes(store, remover, clock);
	}

	@Bean
	SandboxControl sandboxControl(ContainerBackend backend, SandboxStore store, SandboxLookup lookup,
			UntriedSandboxes untried, ReadinessProbe readiness, ProvisioningProperties provisioning, Clock clock) {
		return new SandboxControl(backend, store, lookup, untried, readiness::awaitReady,
				provisioning.readinessTimeout(), clock);
	}

	@Bean
	LeaseKeeper leaseKeeper(SandboxStore store, Clock clock) {
		return new LeaseKeeper(store, clock);
	}

	@Bean
	Succession succession(SandboxStore store, TemplateCatalogue catalogue, Provisioner provisioner,
			SandboxCreation creation, SandboxRelease release, Remover remover, LifecycleProperties properties,
			Clock clock) {
		return new Succession(store, catalogue, provisioner, creation, release, remover, properties, clock);
	}

	@Bean
	SessionRestore sessionRestore(SandboxStore store, SandboxCreation creation, Succession succession,
			LeaseKeeper leases, ExecutorService fillExecutor, Clock clock) {
		return new SessionRestore(store, creation, succession, leases, fillExecutor, clock);
	}

	@Bean
	DefaultSandboxAccess sandboxAccess(SandboxStore store, SandboxLookup lookup, SessionRestore restore,
			UntriedSandboxes untried, IdleTimes idle, Clock clock) {
		return new DefaultSandboxAccess(store, lookup, restore, untried, idle, clock);
	}

	@Bean
	SandboxTools sandboxTools(SandboxAccess access, SandboxRuntime runtime) {
		return new SandboxTools(access, runtime);
	}

	@Bean
	SessionSandboxes sessionSandboxes(SandboxStore store, SandboxCreation creation, SandboxRelease release,
			SandboxAccess access, SandboxControl control, LeaseKeeper leases, Clock clock) {
		return new SessionSandboxes(store, creation, release, access, control, leases, clock);
	}

	@Bean
	AioSessions aioSessions(SessionSandboxes sandboxes, TemplateCatalogue catalogue) {
		return AioSessions.of(sandboxes, catalogue);
	}

	@Bean
	PoolControl poolControl(WarmPools pools, TemplateCatalogue catalogue) {
		return new PoolControl(pools, catalogue);
	}

	@Bean
	Sessions sessions(SandboxStore store) {
		return new Sessions(store);
	}

	@Bean
	SandboxExpiry sandboxExpiry(SandboxStore store, SandboxLookup lookup, Remover remover,
			LifecycleProperties properties, IdleTimes idle, Clock clock) {
		return new SandboxExpiry(store, lookup, remover, properties, idle, clock);
	}

	/** Nobody's session ends for being unused where nobody watches. */
	@Bean
	IdleTimes idleTimes(LifecycleProperties properties, MaintenanceProperties maintenance,
			TemplateCatalogue catalogue) {
		return maintenance.isWatching() ? new IdleTimes(properties.heartbeatTimeout(), catalogue.idleTimes())
				: new IdleTimes(Duration.ZERO, Map.of());
	}

	@Bean
	Reconciliation reconciliation(ContainerBackend backend, SandboxStore store, SandboxControl control, Remover remover,
			LifecycleProperties properties, TemplateProperties templates, ExecutorService removalExecutor,
			Clock clock) {
		return new Reconciliation(backend, store, control, remover, properties, templates.timeout(), removalExecutor,
				clock);
	}

}
