package io.sandboxmanager.lifecycle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpHandler;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.testing.InMemoryContainerBackend;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.pool.OnMiss;
import io.sandboxmanager.pool.PoolProperties;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.ProvisioningProperties;
import io.sandboxmanager.provisioning.Readiness;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.provisioning.Slots;
import io.sandboxmanager.provisioning.Workspaces;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Incarnation;
import io.sandboxmanager.store.MutableClock;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.StoreFaults;
import io.sandboxmanager.store.memory.MemorySandboxStore;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;
import io.sandboxmanager.workspace.WorkspaceFolders;
import io.sandboxmanager.workspace.WorkspaceProperties;
import io.sandboxmanager.workspace.local.LocalWorkspaceStorage;

import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The server without its web: an engine in memory, a clock that stands still, and
 * background work that runs when a test says so.
 */
public final class World implements AutoCloseable {

	public static final Duration IDLE = Duration.ofMinutes(5);

	public static final Duration KEPT = Duration.ofHours(1);

	static final String PREFIX = "test-";

	private static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

	public final MutableClock clock = new MutableClock(NOW);

	public final InMemoryContainerBackend backend;

	public final StoreFaults storeFaults = new StoreFaults();

	private final MemorySandboxStore memory = new MemorySandboxStore("manager-of-tests", this.clock);

	public final SandboxStore store = this.storeFaults.over(this.memory);

	/** Names of containers whose agent does not answer. */
	public final Set<String> silent = new CopyOnWriteArraySet<>();

	/** Work that waits for {@link #runBackground}. */
	private final Queue<Runnable> background = new ArrayDeque<>();

	final Path mountDir;

	final Path stateDir;

	final Path storageDir;

	public final TemplateCatalogue catalogue;

	private final PoolProperties poolProperties;

	private final LifecycleProperties properties;

	private final IdleTimes idle;

	private final Workspaces workspaces;

	public final TestRuntime runtime = new TestRuntime();

	public final WorkspaceFolders folders;

	public final Provisioner provisioner;

	public final Remover remover;

	public final WarmPools pools;

	final SandboxLookup lookup;

	final SandboxCreation creation;

	final SandboxReuse reuse;

	public final SandboxRelease release;

	public final UnheardSandboxes unheard;

	final UntriedSandboxes untried;

	final LeaseKeeper leases = new LeaseKeeper(this.store, this.clock);

	public final SandboxControl control;

	public final DefaultSandboxAccess access;

	public final SandboxExpiry expiry;

	public final Reconciliation reconciliation;

	/**
	 * Creates an empty world.
	 * @param poolSize warm sandboxes of type {@code base}
	 * @param limit how many sandboxes there may be, zero for any number
	 */
	public World(Path folder, int poolSize, int limit) {
		this(folder, poolSize, limit, IDLE, null);
	}

	/**
	 * Creates an empty world.
	 * @param catalogue file with the sandbox types, or {@code null} for the built-in ones
	 * @param onMiss what callers get who find a pool empty
	 */
	public World(Path folder, int poolSize, @Nullable Path catalogue, OnMiss onMiss) {
		this(folder, poolSize, 0, IDLE, null, catalogue, onMiss);
	}

	/**
	 * Creates an empty world.
	 * @param catalogue file with the sandbox types
	 * @param limit how many sandboxes there may be
	 * @param onMiss what callers get who find a pool empty
	 */
	public World(Path folder, Path catalogue, int limit, OnMiss onMiss) {
		this(folder, 0, limit, IDLE, null, catalogue, onMiss);
	}

	/**
	 * Creates an empty world.
	 * @param idle how long a session may be unused, zero for any time
	 * @param agent answers in the place of all agents; without one there are none
	 */
	World(Path folder, int poolSize, int limit, Duration idle, @Nullable HttpHandler agent) {
		this(folder, poolSize, limit, idle, agent, null, OnMiss.CREATE);
	}

	private World(Path folder, int poolSize, int limit, Duration idle, @Nullable HttpHandler agent,
			@Nullable Path catalogue, OnMiss onMiss) {
		this.poolProperties = new PoolProperties(poolSize, 4, onMiss, Duration.ofSeconds(30), 2);
		this.backend = (agent != null) ? InMemoryContainerBackend.withAgents(agent, this.clock)
				: InMemoryContainerBackend.withoutAgents(this.clock);
		this.mountDir = folder.resolve("mounts");
		this.stateDir = folder.resolve("state");
		this.storageDir = folder.resolve("storage");
		this.catalogue = TemplateCatalogue.load(
				new TemplateProperties(List.of("base"), "", "agentscope", "latest", Duration.ofSeconds(60), catalogue),
				poolSize);
		this.properties = new LifecycleProperties(limit, idle, Duration.ofHours(24), KEPT, Duration.ofDays(7), true);
		this.idle = new IdleTimes(idle, this.catalogue.idleTimes());
		ProvisioningProperties provisioning = new ProvisioningProperties(PREFIX, Duration.ofSeconds(60));
		WorkspaceProperties files = new WorkspaceProperties(this.mountDir, null, true, List.of(), Map.of(),
				this.storageDir, this.stateDir);
		this.folders = new WorkspaceFolders(files, this.stateDir);
		this.workspaces = new Workspaces(this.folders, new LocalWorkspaceStorage(this.storageDir, Sleeper.system()),
				this.backend.capabilities());
		Readiness readiness = this::awaitAgent;
		this.remover = new Remover(this.backend, this.store, this.workspaces, KEPT, Duration.ofDays(7), this::later,
				this.clock);
		Slots slots = new Slots(this.store, this.remover, limit, this.clock);
		this.provisioner = new Provisioner(this.backend, this.store, slots, this.remover, this.workspaces, readiness,
				Map.of(), provisioning, this.clock);
		this.pools = pools("server");
		this.lookup = new SandboxLookup(this.store, PREFIX);
		this.reuse = new SandboxReuse(this.pools, this.catalogue, this.runtime, slots, this.remover, PREFIX, KEPT,
				this.clock);
		this.release = new SandboxRelease(this.store, this.lookup, this.remover, this.reuse, KEPT, this.clock);
		this.unheard = new UnheardSandboxes(this.release);
		this.creation = new SandboxCreation(this.store, this.pools, this.provisioner, this.unheard, this.properties,
				this.idle, this.clock);
		this.untried = new UntriedSandboxes(this.store, this.remover, this.clock);
		this.control = new SandboxControl(this.backend, this.store, this.lookup, this.untried, readiness,
				Duration.ofSeconds(60), this.clock);
		this.access = access(this.leases, Runnable::run);
		this.expiry = new SandboxExpiry(this.store, this.lookup, this.remover, this.properties, this.idle, this.clock);
		this.reconciliation = new Reconciliation(this.backend, this.store, this.control, this.remover, this.properties,
				Duration.ofSeconds(60), Runnable::run, this.clock);
	}

	/**
	 * Runs what waits in the background, and what that leaves to be done, until nothing
	 * waits.
	 */
	public void runBackground() {
		Runnable work = next();
		while (work != null) {
			work.run();
			work = next();
		}
	}

	/** Runs the first of what waits in the background. */
	public void runNextInBackground() {
		Optional.ofNullable(next()).orElseThrow().run();
	}

	/** What waits in the background never comes to be. */
	public synchronized void forgetBackground() {
		this.background.clear();
	}

	/**
	 * The access on a server.
	 * @param leases of that server
	 * @param executor restores what belongs together
	 */
	DefaultSandboxAccess access(LeaseKeeper leases, Executor executor) {
		Succession succession = new Succession(this.store, this.catalogue, this.provisioner, this.creation,
				this.release, this.remover, this.properties, this.clock);
		SessionRestore restore = new SessionRestore(this.store, this.creation, succession, leases, executor,
				this.clock);
		return new DefaultSandboxAccess(this.store, this.lookup, restore, this.untried, this.idle, this.clock);
	}

	/** The sandboxes of sessions as a server gives them that has these leases. */
	SessionSandboxes sessions(LeaseKeeper leases) {
		return new SessionSandboxes(this.store, this.creation, this.release, access(leases, Runnable::run),
				this.control, leases, this.clock);
	}

	/** The pools as another server on the same store sees them. */
	public WarmPools poolsOfAnotherServer() {
		return pools("other");
	}

	private WarmPools pools(String server) {
		return new WarmPools(this.catalogue.pooledTypes(), this.store, this.provisioner, this.remover, server,
				this::later, this.poolProperties, this.clock,
				() -> Duration.between(NOW, this.clock.instant()).toNanos());
	}

	/** Fills the pools as far as they can be. */
	public void fill() {
		this.pools.wake();
		runBackground();
	}

	public Sandbox acquire(String session) {
		return this.creation.acquire(base(), Owner.ANONYMOUS, TestSandboxes.request(session));
	}

	Sandbox create(SandboxRequest request) {
		return this.creation.create(base(), Owner.ANONYMOUS, request);
	}

	/**
	 * Lets time pass, in which the server speaks for what it makes, and does what is due
	 * then.
	 */
	void pass(Duration time) {
		for (Duration left = time; left.compareTo(Duration.ZERO) > 0; left = left.minus(KEEP_ALIVE)) {
			this.provisioner.keepAlive();
			this.remover.keepAlive();
			this.leases.keepAlive();
			this.clock.advance((left.compareTo(KEEP_ALIVE) < 0) ? left : KEEP_ALIVE);
		}
		dueNow();
	}

	/** Lets time pass, after which another server than this one does what is due. */
	void passOnAnotherServer(Duration time) {
		this.clock.advance(time);
		Remover others = new Remover(this.backend, this.store, this.workspaces, KEPT, Duration.ofDays(7), this::later,
				this.clock);
		SandboxExpiry expiring = new SandboxExpiry(this.store, this.lookup, others, this.properties, this.idle,
				this.clock);
		this.store.due(this.clock.instant(), 100).forEach(expiring::expire);
	}

	/** The next comparison finds this state, at its beginning and at its end. */
	void compareWith(Incarnation state) {
		this.storeFaults.answerNext("incarnation", state);
		this.storeFaults.answerNext("incarnation", state);
	}

	/** Does what is due. */
	void dueNow() {
		this.store.due(this.clock.instant(), 100).forEach(this.expiry::expire);
	}

	/** Waits until the engine was asked for something so many times. */
	void awaitCalls(Operation operation, int calls) throws InterruptedException {
		for (int i = 0; i < 2000 && this.backend.faults().calls(operation) < calls; i++) {
			TimeUnit.MILLISECONDS.sleep(5);
		}
		assertThat(this.backend.faults().calls(operation)).isEqualTo(calls);
	}

	public Sandbox now(Sandbox sandbox) {
		return this.store.find(sandbox.id()).orElseThrow();
	}

	SandboxTemplate base() {
		return this.catalogue.find("base");
	}

	/** The folders that sandboxes have as their workspace. */
	List<Path> workspaces() throws IOException {
		return list(this.mountDir);
	}

	/** What is noted as being in the making. */
	List<Path> notesInJournal() throws IOException {
		return list(this.stateDir);
	}

	private static List<Path> list(Path folder) throws IOException {
		if (!Files.isDirectory(folder)) {
			return List.of();
		}
		try (Stream<Path> entries = Files.list(folder)) {
			return entries.toList();
		}
	}

	@Override
	public void close() {
		this.pools.close();
		this.store.close();
		this.backend.close();
	}

	/** What waits, or comes to wait for a signal that is not told yet. */
	private @Nullable Runnable next() {
		Runnable work = poll();
		if (work != null) {
			return work;
		}
		awaitSignals();
		return poll();
	}

	/** Signals are told one after the other, on a thread of the store. */
	private void awaitSignals() {
		CountDownLatch told = new CountDownLatch(1);
		try (SandboxStore.Subscription last = this.memory.onSignal("last of these", told::countDown)) {
			this.memory.signal("last of these");
			assertThat(told.await(30, TimeUnit.SECONDS)).as("told of all signals").isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private synchronized @Nullable Runnable poll() {
		return this.background.poll();
	}

	private synchronized void later(Runnable work) {
		this.background.add(work);
	}

	private void awaitAgent(Sandbox sandbox, Duration limit, BooleanSupplier ended) {
		if (this.silent.contains(sandbox.name()) || this.silent.contains("*")) {
			throw new SandboxUnreachableException("sandbox " + sandbox.id() + " did not become ready", null);
		}
	}

}
