package io.sandboxmanager.backend.docker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.DeviceRequest;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.sandbox.Resources;

/** Says in the engine's words what a container is to be. */
final class ContainerCommand {

	/** Tells a resumed container's agent port, which the engine does not know as such. */
	static final String AGENT_PORT_LABEL = "io.sandboxmanager.agent-port";

	private static final long NANO_CPUS = 1_000_000_000L;

	private final Site site;

	private final @Nullable String runtime;

	ContainerCommand(Site site, @Nullable String runtime) {
		this.site = site;
		this.runtime = runtime;
	}

	CreateContainerCmd create(DockerClient client, ContainerSpec spec, HostConfig host) {
		Map<String, String> labels = new HashMap<>(spec.labels());
		labels.put(AGENT_PORT_LABEL, String.valueOf(spec.agentPort()));
		List<String> environment = spec.environment()
			.entrySet()
			.stream()
			.map((variable) -> variable.getKey() + "=" + variable.getValue())
			.sorted()
			.toList();
		return client.createContainerCmd(spec.image())
			.withName(spec.name())
			.withEnv(environment)
			.withLabels(labels)
			.withExposedPorts(ExposedPort.tcp(spec.agentPort()))
			.withHostConfig(host);
	}

	/**
	 * Works out all that does not need the engine, so that a request which cannot be met
	 * fails before anything is made.
	 */
	HostConfig host(ContainerSpec spec, Confinement confinement, String network, int hostPort) {
		List<Mount> mounts = spec.mounts().stream().map(this.site.mounts()::mount).toList();
		HostConfig host = HostConfig.newHostConfig().withNetworkMode(network).withMounts(mounts);
		limit(host, spec.resources());
		this.site.reach().prepare(host, spec.agentPort(), hostPort);
		if (this.runtime != null) {
			host.withRuntime(this.runtime);
		}
		return confinement.apply(host);
	}

	private void limit(HostConfig host, Resources resources) {
		if (resources.memoryBytes() > 0) {
			host.withMemory(resources.memoryBytes()).withMemorySwap(resources.memoryBytes());
		}
		if (resources.pids() > 0) {
			host.withPidsLimit(resources.pids());
		}
		if (resources.cpus() > 0) {
			host.withNanoCPUs(nanoCpus(resources.cpus()));
		}
		if (resources.shmBytes() != null) {
			host.withShmSize(resources.shmBytes());
		}
		if (resources.gpus() != 0) {
			host.withDeviceRequests(
					List.of(new DeviceRequest().withCount(resources.gpus()).withCapabilities(List.of(List.of("gpu")))));
		}
	}

	/** The engine refuses more than it has, while a limit above that limits nothing. */
	private long nanoCpus(double cpus) {
		double available = (this.site.cpus() > 0) ? Math.min(cpus, this.site.cpus()) : cpus;
		return Math.round(available * NANO_CPUS);
	}

}
