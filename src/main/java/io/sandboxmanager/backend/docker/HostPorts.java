package io.sandboxmanager.backend.docker;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ContainerPort;

import io.sandboxmanager.backend.PortTakenException;

/** The host ports of starts: of a range when there is one, else the engine's choice. */
final class HostPorts {

	private final Engine engine;

	private final Optional<PortAllocator> range;

	HostPorts(Engine engine, Optional<PortAllocator> range) {
		this.engine = engine;
		this.range = range;
	}

	int take() {
		if (this.range.isEmpty()) {
			return Reach.ANY_PORT;
		}
		try {
			return this.range.get().take();
		}
		catch (PortTakenException ex) {
			compare(this.range.get());
			return this.range.get().take();
		}
	}

	void assign(int port, String container) {
		this.range.ifPresent((allocator) -> allocator.assign(port, container));
	}

	void giveBack(int port) {
		this.range.ifPresent((allocator) -> allocator.giveBack(port));
	}

	void release(String container) {
		this.range.ifPresent((allocator) -> allocator.release(container));
	}

	/** The engine refused the port: learn what else is in use before the next attempt. */
	void clashed(int port) {
		this.range.ifPresent((allocator) -> {
			allocator.avoid(port);
			compare(allocator);
		});
	}

	private void compare(PortAllocator allocator) {
		List<Container> all = this.engine.call("list containers",
				(client) -> client.listContainersCmd().withShowAll(true).exec());
		Set<String> ids = new HashSet<>();
		Set<Integer> published = new HashSet<>();
		for (Container container : all) {
			ids.add(container.getId());
			Arrays.stream((container.getPorts() != null) ? container.getPorts() : new ContainerPort[0])
				.filter((port) -> port.getPublicPort() != null)
				.forEach((port) -> published.add(port.getPublicPort()));
		}
		allocator.compare(ids, published);
	}

}
