package io.sandboxmanager.backend.local;

import java.io.InputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.backend.BackendCapabilities;
import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerDetails;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerListener;
import io.sandboxmanager.backend.ContainerNotFoundException;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.backend.EngineFailedException;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.sandbox.Endpoint;

/**
 * Runs sandboxes as processes of this machine, under bubblewrap. They end with the
 * server, however it ends: nothing is left that a later start would have to find.
 * {@code docs/local.md} says what isolates and what does not.
 */
public final class LocalBackend implements ContainerBackend {

	private final String engineId = UUID.randomUUID().toString();

	private final Map<String, LocalContainer> containers = new ConcurrentHashMap<>();

	private final ExitNews news = new ExitNews();

	private final LocalProperties properties;

	private final HostImage image;

	private final SupervisorOrders orders;

	private final Clock clock;

	private final SupervisorHolder supervisor;

	private LocalBackend(LocalProperties properties, Path folder, Clock clock) {
		BundledPrograms programs = BundledPrograms.unpack(folder, properties.python().toString());
		this.properties = properties;
		this.clock = clock;
		this.image = HostImage.look(properties.python().toString(), programs);
		this.orders = new SupervisorOrders(properties, programs.agent());
		this.supervisor = new SupervisorHolder(() -> new Supervisor(properties.python().toString(),
				programs.supervisor(), properties.unconfined(), this::heard, this::allEnded), properties);
	}

	/**
	 * Starts the supervisor and tells in the log what isolates sandboxes here.
	 * @param folder for the programs that are brought from the jar
	 * @throws io.sandboxmanager.backend.BackendException when sandboxes cannot be
	 * confined here, unless they need not be
	 */
	public static LocalBackend connect(LocalProperties properties, Path folder, Clock clock) {
		LocalBackend backend = new LocalBackend(properties, folder, clock);
		try {
			backend.supervisor.get();
			return backend;
		}
		catch (RuntimeException ex) {
			backend.close();
			throw ex;
		}
	}

	@Override
	public String engineId() {
		return this.engineId;
	}

	@Override
	public BackendCapabilities capabilities() {
		return new BackendCapabilities(true, true, true);
	}

	@Override
	public ImageDetails prepareImage(String image) {
		return this.image.details(image);
	}

	@Override
	public ContainerHandle start(ContainerSpec spec) {
		prepareImage(spec.image());
		String ref = UUID.randomUUID().toString().replace("-", "");
		LocalContainer container = new LocalContainer(ref, spec, this.clock.instant());
		synchronized (this.containers) {
			if (this.containers.values().stream().anyMatch((other) -> other.spec().name().equals(spec.name()))) {
				throw new ContainerRefusedException("the name " + spec.name() + " is in use by another container",
						null);
			}
			this.containers.put(ref, container);
		}
		try {
			return begin(container);
		}
		catch (RuntimeException ex) {
			undo(ref, ex);
			throw ex;
		}
	}

	private ContainerHandle begin(LocalContainer container) {
		container.running();
		JsonNode answer = this.supervisor.get()
			.order("start", this.orders.start(container), this.properties.callTimeout());
		container.started(Endpoint.ofSocket(answer.path("socket").asString()), answer.path("uid").asLong());
		return container.handle();
	}

	private void undo(String ref, RuntimeException cause) {
		try {
			order("kill", ref);
		}
		catch (EngineFailedException ex) {
			cause.addSuppressed(ex);
		}
		finally {
			this.containers.remove(ref);
		}
	}

	@Override
	public ContainerStatus status(String ref) {
		return find(ref).map(LocalContainer::status).orElse(ContainerStatus.ABSENT);
	}

	@Override
	public void stop(String ref) {
		if (status(ref) == ContainerStatus.RUNNING) {
			order("stop", ref);
		}
	}

	@Override
	public ContainerHandle resume(String ref) {
		LocalContainer container = require(ref);
		synchronized (container) {
			return (container.status() == ContainerStatus.RUNNING) ? container.handle() : begin(container);
		}
	}

	@Override
	public ContainerDetails inspect(String ref) {
		LocalContainer container = require(ref);
		if (container.status() != ContainerStatus.RUNNING) {
			throw new ContainerNotFoundException("container " + ref + " does not run", null);
		}
		return new ContainerDetails(container.handle(), container.spec().image(), container.spec().environment());
	}

	@Override
	public void remove(String ref) {
		if (find(ref).isPresent()) {
			order("kill", ref);
			this.containers.remove(ref);
		}
	}

	private void order(String what, String ref) {
		ObjectNode order = JsonNodeFactory.instance.objectNode().put("ref", ref);
		this.supervisor.get().order(what, order, this.properties.callTimeout());
	}

	@Override
	public List<ContainerSummary> list(Map<String, String> labels) {
		return this.containers.values()
			.stream()
			.filter((container) -> container.carries(labels))
			.map(LocalContainer::summary)
			.toList();
	}

	@Override
	public Subscription watch(Map<String, String> labels, ContainerListener listener) {
		return this.news.subscribe(labels, listener);
	}

	@Override
	public InputStream logs(String ref, boolean follow) {
		return require(ref).log().open(follow);
	}

	private Optional<LocalContainer> find(String ref) {
		return Optional.ofNullable(this.containers.get(ref));
	}

	private LocalContainer require(String ref) {
		return find(ref).orElseThrow(() -> new ContainerNotFoundException("there is no container " + ref, null));
	}

	private void heard(JsonNode event) {
		find(event.path("ref").asString("")).ifPresent((container) -> {
			if (event.path("event").asString("").equals("output")) {
				container.log().add(Base64.getDecoder().decode(event.path("data").asString("")));
				return;
			}
			container.ended();
			this.news.tell(container, event.path("code").asInt(-1), event.path("out_of_memory").asBoolean(false));
		});
	}

	/** The supervisor has ended, and all that it started with it. */
	private void allEnded() {
		this.containers.values()
			.stream()
			.filter((container) -> container.status() == ContainerStatus.RUNNING)
			.forEach((container) -> {
				container.ended();
				this.news.tell(container, -1, false);
			});
	}

	@Override
	public void close() {
		this.supervisor.close();
		this.news.close();
	}

}
