package io.sandboxmanager.backend.local;

import java.nio.file.Path;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.sandbox.Resources;

/** Says in the supervisor's words what a sandbox is to be. */
final class SupervisorOrders {

	private static final long DEFAULT_SHM = 64L << 20;

	/** All temporary folders together must not take the memory that programs need. */
	private static final int SHARE_OF_MEMORY = 8;

	private final LocalProperties properties;

	private final Path agent;

	SupervisorOrders(LocalProperties properties, Path agent) {
		this.properties = properties;
		this.agent = agent;
	}

	ObjectNode start(LocalContainer container) {
		ContainerSpec spec = container.spec();
		ObjectNode order = JsonNodeFactory.instance.objectNode();
		order.put("ref", container.ref());
		order.put("agent", this.agent.toString());
		order.put("python", this.properties.python().toString());
		order.put("network", spec.resources().network());
		Long uid = container.uid();
		if (uid != null) {
			order.put("uid", uid);
		}
		ObjectNode environment = order.putObject("environment");
		spec.environment().forEach(environment::put);
		ArrayNode mounts = order.putArray("mounts");
		spec.mounts()
			.forEach((mount) -> mounts.addObject()
				.put("source", mount.source())
				.put("target", mount.target())
				.put("read_only", mount.readOnly()));
		limits(order.putObject("limits"), spec.resources());
		return order;
	}

	private static long share(long wanted, Resources resources) {
		long memory = resources.memoryBytes();
		return (memory > 0) ? Math.min(wanted, memory / SHARE_OF_MEMORY) : wanted;
	}

	private void limits(ObjectNode limits, Resources resources) {
		Long shm = resources.shmBytes();
		limits.put("memory", resources.memoryBytes());
		limits.put("pids", resources.pids());
		limits.put("cpus", resources.cpus());
		limits.put("shm", (shm != null) ? shm : share(DEFAULT_SHM, resources));
		limits.put("scratch", share(this.properties.scratch().toBytes(), resources));
		limits.put("file_size", this.properties.maxFile().toBytes());
	}

}
