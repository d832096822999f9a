package io.sandboxmanager.backend.docker;

import java.net.URI;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;

import io.sandboxmanager.sandbox.Endpoint;

/** How this server reaches the agents in its sandboxes. */
interface Reach {

	/** Stands for a host port that the engine chooses. */
	int ANY_PORT = 0;

	/** Asks for what the way needs. */
	void prepare(HostConfig host, int agentPort, int hostPort);

	/** Where the agent answers, absent when the container does not run. */
	Optional<Endpoint> endpoint(InspectContainerResponse container, int agentPort);

	private static Endpoint endpoint(String host, int port) {
		return new Endpoint(URI.create("http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port));
	}

	/**
	 * Through a port of the host.
	 *
	 * @param publishAddress host address that ports are published on
	 * @param accessHost name or address under which this server reaches them
	 */
	record PublishedPort(String publishAddress, String accessHost) implements Reach {

		static PublishedPort of(DockerProperties properties) {
			String published = properties.publishAddress();
			String access = switch (published) {
				case "0.0.0.0" -> "127.0.0.1";
				case "::" -> "::1";
				default -> published;
			};
			return new PublishedPort(published, Objects.requireNonNullElse(properties.accessHost(), access));
		}

		@Override
		public void prepare(HostConfig host, int agentPort, int hostPort) {
			Ports.Binding binding = (hostPort != ANY_PORT) ? Ports.Binding.bindIpAndPort(this.publishAddress, hostPort)
					: Ports.Binding.bindIp(this.publishAddress);
			host.withPortBindings(new PortBinding(binding, ExposedPort.tcp(agentPort)));
		}

		@Override
		public Optional<Endpoint> endpoint(InspectContainerResponse container, int agentPort) {
			Ports ports = container.getNetworkSettings().getPorts();
			if (ports == null) {
				return Optional.empty();
			}
			Ports.Binding[] bindings = ports.getBindings().get(ExposedPort.tcp(agentPort));
			return (bindings == null) ? Optional.empty()
					: Arrays.stream(bindings)
						.map(Ports.Binding::getHostPortSpec)
						.filter(Objects::nonNull)
						.map((port) -> Reach.endpoint(this.accessHost, Integer.parseInt(port)))
						.findFirst();
		}

	}

	/** By the container's own address, on a network that this server is on too. */
	record OwnAddress() implements Reach {

		@Override
		public void prepare(HostConfig host, int agentPort, int hostPort) {
			host.withPublishAllPorts(false);
		}

		@Override
		public Optional<Endpoint> endpoint(InspectContainerResponse container, int agentPort) {
			Map<String, ContainerNetwork> networks = container.getNetworkSettings().getNetworks();
			return networks.values()
				.stream()
				.map(ContainerNetwork::getIpAddress)
				.filter((address) -> address != null && !address.isEmpty())
				.map((address) -> Reach.endpoint(address, agentPort))
				.findFirst();
		}

	}

}
