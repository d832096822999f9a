package io.sandboxmanager.backend.docker;

import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import com.github.dockerjava.api.model.Container;
import org.jspecify.annotations.Nullable;

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
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.backend.docker.OwnContainer.OwnMount;
import io.sandboxmanager.sandbox.IsolationProfile;

/**
 * Runs sandboxes as containers of a Docker engine. Nothing is asked of the engine before
 * the first call.
 */
public final class DockerBackend implements ContainerBackend {

	private static final Path PROC = Path.of("/proc");

	private static final Path MOUNTINFO = PROC.resolve("self/mountinfo");

	private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

	private final Engine engine;

	private final Duration pullTimeout;

	private final ImageStore images;

	private final LogStreams logs;

	private final Containers containers;

	private final HostPorts ports;

	private final AndroidHost android;

	private final Once<Site> site;

	private final Once<ContainerStart> start;

	private DockerBackend(DockerProperties properties, List<OwnMount> known, Path dockerConfig, Clock clock) {
		this.engine = new Engine(properties);
		this.pullTimeout = properties.pullTimeout();
		ImagePull pull = new ImagePull(this.engine, new RegistryCredentials(dockerConfig), this.pullTimeout);
		this.images = new ImageStore(this.engine, pull, new ImageUser(this.engine, clock), clock);
		this.logs = new LogStreams(this.engine);
		this.containers = new Containers(this.engine, this.logs);
		this.ports = new HostPorts(this.engine, range(properties.portRange(), clock));
		this.android = new AndroidHost(properties.allowPrivileged(), isHere(this.engine.host()), PROC);
		this.site = new Once<>("what it is", properties.callTimeout(),
				() -> Site.find(this.engine, properties, known, MOUNTINFO));
		this.start = new Once<>("what it is", properties.callTimeout(), () -> starts(properties));
	}

	/** Uses the engine that the properties name. */
	public static DockerBackend connect(DockerProperties properties) {
		return connect(properties, Map.of());
	}

	/**
	 * Uses the engine that the properties name.
	 * @param hostPaths folders of this server and what the engine's host calls them, for
	 * a server in a container whose mounts do not tell
	 */
	public static DockerBackend connect(DockerProperties properties, Map<Path, Path> hostPaths) {
		return connect(properties, hostPaths, RegistryCredentials.defaultFolder(), Clock.systemUTC());
	}

	static DockerBackend connect(DockerProperties properties, Map<Path, Path> hostPaths, Path dockerConfig,
			Clock clock) {
		List<OwnMount> known = hostPaths.entrySet()
			.stream()
			.map((entry) -> new OwnMount(entry.getValue(), entry.getKey().toAbsolutePath().normalize()))
			.toList();
		return new DockerBackend(properties, known, dockerConfig, clock);
	}

	private static Optional<PortAllocator> range(@Nullable List<Integer> range, Clock clock) {
		if (range == null || range.isEmpty()) {
			return Optional.empty();
		}
		if (range.size() != 2) {
			throw new IllegalArgumentException(
					"PORT_RANGE needs two numbers, the first port and the one after the last, got " + range);
		}
		return Optional.of(new PortAllocator(range.get(0), range.get(1), clock));
	}

	private ContainerStart starts(DockerProperties properties) {
		Site place = this.site.get();
		HostPorts needed = place.publishes() ? this.ports : new HostPorts(this.engine, Optional.empty());
		return new ContainerStart(this.containers, place, this.images, needed,
				new ContainerCommand(place, properties.runtime()));
	}

	@Override
	public String engineId() {
		return this.site.get().engineId();
	}

	/**
	 * Tells at the start rather than at the first sandbox that a folder of this server
	 * cannot be mounted.
	 * @throws ContainerRefusedException when the engine's host does not have the folder,
	 * or must not give it away
	 */
	public void requireMountable(Path folder) {
		this.site.get().mounts().mount(new ContainerSpec.Mount(folder.toAbsolutePath().toString(), "/", false));
	}

	/** Folders can be mounted when the engine's host is this one. */
	@Override
	public BackendCapabilities capabilities() {
		return new BackendCapabilities(isHere(this.engine.host()), true, true);
	}

	private static boolean isHere(URI host) {
		return host.getHost() == null || LOOPBACK.contains(host.getHost());
	}

	@Override
	public void requireHost(IsolationProfile profile) {
		if (profile == IsolationProfile.ANDROID) {
			this.android.require();
		}
	}

	@Override
	public ImageDetails prepareImage(String image) {
		return this.images.prepare(image);
	}

	@Override
	public Duration pullTimeout() {
		return this.pullTimeout;
	}

	@Override
	public ContainerHandle start(ContainerSpec spec) {
		return this.start.get().start(spec);
	}

	@Override
	public ContainerStatus status(String ref) {
		try {
			return statusOf(this.containers.inspect(ref).getState().getStatus());
		}
		catch (ContainerNotFoundException ex) {
			return ContainerStatus.ABSENT;
		}
	}

	@Override
	public void stop(String ref) {
		this.containers.stop(ref);
	}

	@Override
	public ContainerHandle resume(String ref) {
		return this.start.get().resume(ref);
	}

	@Override
	public ContainerDetails inspect(String ref) {
		return this.start.get().inspect(ref);
	}

	@Override
	public void remove(String ref) {
		this.containers.remove(ref);
		this.ports.release(ref);
	}

	@Override
	public List<ContainerSummary> list(Map<String, String> labels) {
		return this.engine
			.call("list containers",
					(client) -> client.listContainersCmd().withShowAll(true).withLabelFilter(labels).exec())
			.stream()
			.map(DockerBackend::summary)
			.toList();
	}

	@Override
	public Map<String, Long> writtenBytes(Map<String, String> labels) {
		Map<String, Long> written = new HashMap<>();
		this.engine
			.call("measure containers",
					(client) -> client.listContainersCmd().withShowSize(true).withLabelFilter(labels).exec())
			.forEach((container) -> written.put(container.getId(),
					(container.getSizeRw() != null) ? container.getSizeRw() : 0L));
		return written;
	}

	/** Where the engine keeps containers, if it is on this machine. */
	@Override
	public List<Path> storage() {
		String folder = this.engine.call("get information", (client) -> client.infoCmd().exec()).getDockerRootDir();
		return Stream.ofNullable(folder).map(Path::of).filter(Files::isDirectory).toList();
	}

	private static ContainerSummary summary(Container container) {
		String[] names = container.getNames();
		String name = (names != null && names.length > 0) ? names[0].replaceFirst("^/", "") : "";
		Map<String, String> labels = (container.getLabels() != null) ? container.getLabels() : Map.of();
		return new ContainerSummary(container.getId(), name, Map.copyOf(labels), statusOf(container.getState()),
				Instant.ofEpochSecond(container.getCreated()));
	}

	/** One container in a strange state must not hide all others. */
	private static ContainerStatus statusOf(@Nullable String word) {
		try {
			return ContainerStatus.valueOf(String.valueOf(word).toUpperCase(Locale.ROOT));
		}
		catch (IllegalArgumentException ex) {
			return ContainerStatus.UNKNOWN;
		}
	}

	@Override
	public Subscription watch(Map<String, String> labels, ContainerListener listener) {
		return new EventStream(this.engine, labels, listener).open();
	}

	@Override
	public InputStream logs(String ref, boolean follow) {
		return this.logs.open(ref, follow, LogStreams.ALL_LINES);
	}

	@Override
	public void close() {
		this.engine.close();
	}

}
