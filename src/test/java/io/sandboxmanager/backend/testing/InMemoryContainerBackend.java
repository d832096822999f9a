package io.sandboxmanager.backend.testing;

import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import com.sun.net.httpserver.HttpHandler;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.BackendCapabilities;
import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerDetails;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerListener;
import io.sandboxmanager.backend.ContainerListener.ContainerExit;
import io.sandboxmanager.backend.ContainerNotFoundException;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.backend.ImageMissingException;
import io.sandboxmanager.backend.testing.Faults.Fault;

/**
 * A backend whose containers are entries of a map, for tests. It keeps the contract of
 * {@link ContainerBackend}, so a test may trust it as it would the real one; what goes
 * wrong is asked for through {@link #faults()}.
 *
 * <pre>
 * var backend = InMemoryContainerBackend.withAgents();
 * backend.faults().failNext(Operation.START, new NoCapacityException("full", null));
 * backend.kill(handle.ref(), 137, true);
 * </pre>
 *
 * Every image is there unless it was {@link #dropImage dropped}. Listeners are called on
 * the thread that causes the event, so that a test need not wait for them.
 */
public final class InMemoryContainerBackend implements ContainerBackend {

	private static final Duration PULL_TIMEOUT = Duration.ofMinutes(30);

	private final ConcurrentMap<String, FakeContainer> containers = new ConcurrentHashMap<>();

	private final Set<String> others = ConcurrentHashMap.newKeySet();

	private final ConcurrentMap<String, Integer> imageRevisions = new ConcurrentHashMap<>();

	private final Set<String> missingImages = ConcurrentHashMap.newKeySet();

	private final List<Watch> watches = new CopyOnWriteArrayList<>();

	private final List<ContainerSpec> started = new CopyOnWriteArrayList<>();

	private final AtomicInteger refs = new AtomicInteger();

	private final Faults faults = new Faults();

	private final Clock clock;

	private final @Nullable HttpHandler agent;

	private volatile String engineId = "in-memory";

	private volatile boolean eventsLost;

	private InMemoryContainerBackend(@Nullable HttpHandler agent, Clock clock) {
		this.agent = agent;
		this.clock = clock;
	}

	/** Containers whose endpoints nobody serves. */
	public static InMemoryContainerBackend withoutAgents(Clock clock) {
		return new InMemoryContainerBackend(null, clock);
	}

	/**
	 * Containers that answer {@code OK} at {@code /healthz} and {@code /fastapi/healthz}.
	 */
	public static InMemoryContainerBackend withAgents() {
		return withAgents(TinyAgent::healthy);
	}

	/** Containers that answer as the handler says, each at a port of its own. */
	public static InMemoryContainerBackend withAgents(HttpHandler agent) {
		return withAgents(agent, Clock.systemUTC());
	}

	/** Containers that answer as the handler says, made at times of the clock. */
	public static InMemoryContainerBackend withAgents(HttpHandler agent, Clock clock) {
		return new InMemoryContainerBackend(agent, clock);
	}

	/** What goes wrong. */
	public Faults faults() {
		return this.faults;
	}

	/** The specs of all starts that did their work, oldest first. */
	public List<ContainerSpec> started() {
		return List.copyOf(this.started);
	}

	/** How many containers exist, stopped ones included. */
	public int size() {
		return this.containers.size();
	}

	/** The spec of a container that exists. */
	public Optional<ContainerSpec> spec(String ref) {
		return Optional.ofNullable(this.containers.get(ref)).map(FakeContainer::spec);
	}

	/** The container's first process ends. */
	public void kill(String ref, int exitCode, boolean outOfMemory) {
		FakeContainer container = this.containers.get(ref);
		if (container != null && container.stop()) {
			report(container, exitCode, outOfMemory);
		}
	}

	/** The container writes a line to its standard output. */
	public void say(String ref, String line) {
		require(ref).log().append(line + "\n");
	}

	/** The container is removed behind everybody's back, with no event. */
	public void vanish(String ref) {
		FakeContainer container = this.containers.remove(ref);
		if (container != null) {
			container.stop();
		}
	}

	/** From now on no events arrive. */
	public void loseEvents() {
		this.eventsLost = true;
	}

	/** Events arrive again; listeners are told that some may be lost. */
	public void reconnectEvents() {
		this.eventsLost = false;
		this.watches.forEach((watch) -> watch.listener().onReconnect());
	}

	/** The image can no longer be had. */
	public void dropImage(String reference) {
		this.missingImages.add(reference);
	}

	/** The image has other content, and so another digest, from now on. */
	public void changeImage(String reference) {
		this.imageRevisions.merge(reference, 1, Integer::sum);
		this.missingImages.remove(reference);
	}

	/** A container is other servers': it is in no list, whatever its labels. */
	public void giveToOthers(String ref) {
		this.others.add(ref);
	}

	/** The backend now is one of another engine. */
	public void setEngineId(String engineId) {
		this.engineId = engineId;
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
		return perform(Operation.PREPARE_IMAGE, () -> {
			requireImage(image);
			int revision = this.imageRevisions.getOrDefault(image, 0);
			return new ImageDetails(image, "sha256:" + Integer.toHexString((image + revision).hashCode()), 0, 0);
		});
	}

	@Override
	public Duration pullTimeout() {
		return PULL_TIMEOUT;
	}

	@Override
	public ContainerHandle start(ContainerSpec spec) {
		return perform(Operation.START, () -> {
			requireImage(spec.image());
			FakeContainer container = add(spec);
			this.started.add(spec);
			return container.start(this.agent);
		});
	}

	private FakeContainer add(ContainerSpec spec) {
		synchronized (this.containers) {
			if (this.containers.values().stream().anyMatch((each) -> each.spec().name().equals(spec.name()))) {
				throw new ContainerRefusedException("the name " + spec.name() + " is in use", null);
			}
			FakeContainer container = new FakeContainer("container-" + this.refs.incrementAndGet(), spec,
					this.clock.instant());
			this.containers.put(container.ref(), container);
			return container;
		}
	}

	private void requireImage(String image) {
		if (this.missingImages.contains(image)) {
			throw new ImageMissingException("image " + image + " cannot be had", null);
		}
	}

	@Override
	public ContainerStatus status(String ref) {
		return perform(Operation.STATUS, () -> {
			FakeContainer container = this.containers.get(ref);
			return (container != null) ? container.status() : ContainerStatus.ABSENT;
		});
	}

	@Override
	public void stop(String ref) {
		perform(Operation.STOP, () -> {
			kill(ref, 0, false);
			return ref;
		});
	}

	@Override
	public ContainerHandle resume(String ref) {
		return perform(Operation.RESUME, () -> require(ref).start(this.agent));
	}

	@Override
	public ContainerDetails inspect(String ref) {
		return perform(Operation.INSPECT, () -> {
			FakeContainer container = require(ref);
			if (container.status() != ContainerStatus.RUNNING) {
				throw new ContainerNotFoundException("container " + ref + " does not run", null);
			}
			return new ContainerDetails(container.start(this.agent), container.spec().image(),
					container.spec().environment());
		});
	}

	@Override
	public void remove(String ref) {
		perform(Operation.REMOVE, () -> {
			kill(ref, 137, false);
			this.containers.remove(ref);
			return ref;
		});
	}

	@Override
	public List<ContainerSummary> list(Map<String, String> labels) {
		return perform(Operation.LIST,
				() -> this.containers.values()
					.stream()
					.filter((container) -> container.hasLabels(labels))
					.map(FakeContainer::summary)
					.filter((container) -> !this.others.contains(container.ref()))
					.toList());
	}

	@Override
	public Subscription watch(Map<String, String> labels, ContainerListener listener) {
		return perform(Operation.WATCH, () -> {
			Watch watch = new Watch(Map.copyOf(labels), listener);
			this.watches.add(watch);
			return () -> this.watches.remove(watch);
		});
	}

	@Override
	public InputStream logs(String ref, boolean follow) {
		return perform(Operation.LOGS, () -> require(ref).log().read(follow));
	}

	@Override
	public void close() {
		this.watches.clear();
		this.containers.values().forEach(FakeContainer::stop);
		this.containers.clear();
	}

	private <T> T perform(Operation operation, Supplier<T> work) {
		Fault fault = this.faults.enter(operation);
		T result = work.get();
		if (fault != null) {
			throw fault.failure();
		}
		return result;
	}

	private FakeContainer require(String ref) {
		FakeContainer container = this.containers.get(ref);
		if (container == null) {
			throw new ContainerNotFoundException("no container " + ref, null);
		}
		return container;
	}

	private void report(FakeContainer container, int exitCode, boolean outOfMemory) {
		if (this.eventsLost) {
			return;
		}
		ContainerExit exit = new ContainerExit(container.ref(), exitCode, outOfMemory);
		this.watches.stream()
			.filter((watch) -> container.hasLabels(watch.labels()))
			.forEach((watch) -> watch.listener().onExit(exit));
	}

	/** Two watches are never the same, even with the same listener. */
	private static final class Watch {

		private final Map<String, String> labels;

		private final ContainerListener listener;

		Watch(Map<String, String> labels, ContainerListener listener) {
			this.labels = labels;
			this.listener = listener;
		}

		Map<String, String> labels() {
			return this.labels;
		}

		ContainerListener listener() {
			return this.listener;
		}

	}

}
