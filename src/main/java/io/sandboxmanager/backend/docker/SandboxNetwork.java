package io.sandboxmanager.backend.docker;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32;

import com.github.dockerjava.api.model.Network;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.EngineFailedException;
import io.sandboxmanager.backend.docker.EngineErrors.NetworkMissingException;

/**
 * The network that sandboxes are on, made when it is first needed. Its bridge does not
 * carry traffic between them ({@code enable_icc=false}), while the host reaches each one
 * through its published port.
 * <p>
 * A server in a container reaches them by their own addresses instead, which the same
 * setting would prevent. For it there is a second network, {@code <name>-shared}, that
 * does carry such traffic: there sandboxes reach what others listen on, which is the
 * agent, and that asks for the sandbox's token; they also reach the port of the server
 * itself, which asks for a token as well. To have the first kind also then, run the
 * server's container on the host's network, or publish the ports on an address that the
 * server reaches ({@link DockerProperties#accessHost()}).
 * <p>
 * What this cannot do: without rights on the host's firewall a sandbox reaches the host
 * itself and link-local addresses such as a cloud's metadata service. The bridge has a
 * lasting name ({@link #bridgeName}), so that two rules close that; {@code bin/firewall}
 * has them.
 */
final class SandboxNetwork {

	static final String LABEL = "io.sandboxmanager.network";

	private static final Logger LOGGER = LoggerFactory.getLogger(SandboxNetwork.class);

	private static final String ICC = "com.docker.network.bridge.enable_icc";

	private static final Set<String> FORBIDDEN = Set.of("host", "none");

	private final Engine engine;

	private final String name;

	private final boolean shared;

	private final Optional<String> member;

	private final Once<String> id;

	/**
	 * @param member the server's own container, which must reach the sandboxes by their
	 * own addresses, if it must
	 */
	SandboxNetwork(Engine engine, String name, Optional<String> member) {
		if (FORBIDDEN.contains(name) || name.startsWith("container:")) {
			throw new IllegalArgumentException(
					"sandboxes cannot be on the network '" + name + "': name one that is their own");
		}
		this.engine = engine;
		this.shared = member.isPresent();
		this.name = this.shared ? name + "-shared" : name;
		this.member = member;
		this.id = new Once<>("whether the network " + this.name + " exists", engine.callTimeout(), this::prepare);
	}

	/** The engine's id of the network; it exists when this returns. */
	String id() {
		return this.id.get();
	}

	/** Forgets the network, which has proved to be gone. */
	void forget() {
		this.id.forget();
	}

	private String prepare() {
		String ready = find().orElseGet(this::create);
		this.member.ifPresent((container) -> join(ready, container));
		return ready;
	}

	private Optional<String> find() {
		try {
			Network found = this.engine.call("inspect network " + this.name,
					(client) -> client.inspectNetworkCmd().withNetworkId(this.name).exec());
			warnIfOpen(found);
			return Optional.of(found.getId());
		}
		catch (NetworkMissingException ex) {
			return Optional.empty();
		}
	}

	private void warnIfOpen(Network found) {
		Map<String, String> options = (found.getOptions() != null) ? found.getOptions() : Map.of();
		if (!this.shared && !"false".equals(options.get(ICC))) {
			LOGGER.warn("On the network {} sandboxes reach each other: it was made without {}=false", this.name, ICC);
		}
	}

	/**
	 * Another server may be doing the same. The engine refuses a second bridge of one
	 * name, so then there is one to be found.
	 */
	private String create() {
		try {
			String made = this.engine.call("create network " + this.name,
					(client) -> client.createNetworkCmd()
						.withName(this.name)
						.withDriver("bridge")
						.withCheckDuplicate(true)
						.withOptions(options())
						.withLabels(Map.of(LABEL, this.shared ? "shared" : "separate"))
						.exec()
						.getId());
			LOGGER.info("Created the network {} for sandboxes (bridge {})", this.name, bridgeName(this.name));
			return made;
		}
		catch (ContainerRefusedException | EngineFailedException ex) {
			return find().orElseThrow(() -> noNetwork(ex));
		}
	}

	private BackendException noNetwork(BackendException cause) {
		return new EngineFailedException("the network " + this.name + " for sandboxes cannot be made; make one by hand "
				+ "(docker network create) and name it in the configuration: " + cause.getMessage(), cause);
	}

	private Map<String, String> options() {
		Map<String, String> options = new HashMap<>();
		options.put(ICC, String.valueOf(this.shared));
		options.put("com.docker.network.bridge.name", bridgeName(this.name));
		return options;
	}

	/** The host's interface for a network: at most 15 characters and always the same. */
	static String bridgeName(String network) {
		CRC32 sum = new CRC32();
		sum.update(network.getBytes(StandardCharsets.UTF_8));
		return "sbx-%08x".formatted(sum.getValue());
	}

	private void join(String network, String container) {
		try {
			this.engine.run("connect the server's own container to network " + this.name,
					(client) -> client.connectToNetworkCmd().withNetworkId(network).withContainerId(container).exec());
			LOGGER.info("Connected the server's own container to the network {}", this.name);
		}
		catch (ContainerRefusedException | EngineFailedException ex) {
			if (!String.valueOf(ex.getMessage()).contains("already exists in network")) {
				throw ex;
			}
			LOGGER.debug("The server's own container is on the network {} already", this.name);
		}
	}

}
