package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;

import static org.assertj.core.api.Assertions.assertThat;

/** How to reach a Redis of the tests, with limits that suit them. */
public final class TestRedis {

	private static final Path STATE_FOLDERS = stateFolders();

	private RedisMode mode = RedisMode.STANDALONE;

	private int port = 6379;

	private List<String> nodes = List.of();

	private @Nullable String user;

	private @Nullable String password;

	private @Nullable String master;

	private boolean tls;

	private @Nullable Path caFile;

	private int poolSize = 4;

	/** Long, since a busy machine that answers late is no mistake. */
	private Duration timeout = Duration.ofSeconds(10);

	private @Nullable String stateKey;

	public static TestRedis at(RedisServer server) {
		return at(server.port());
	}

	static TestRedis at(int port) {
		TestRedis redis = new TestRedis();
		redis.port = port;
		return redis;
	}

	static TestRedis cluster(List<String> nodes) {
		TestRedis redis = new TestRedis();
		redis.mode = RedisMode.CLUSTER;
		redis.nodes = nodes;
		return redis;
	}

	static TestRedis sentinel(String master, List<String> nodes) {
		TestRedis redis = new TestRedis();
		redis.mode = RedisMode.SENTINEL;
		redis.master = master;
		redis.nodes = nodes;
		return redis;
	}

	TestRedis user(String name, String secret) {
		this.user = name;
		this.password = secret;
		return this;
	}

	TestRedis tls(Path certificates) {
		this.tls = true;
		this.caFile = certificates;
		return this;
	}

	TestRedis poolSize(int size) {
		this.poolSize = size;
		return this;
	}

	public TestRedis timeout(Duration limit) {
		this.timeout = limit;
		return this;
	}

	public TestRedis stateKey(@Nullable String key) {
		this.stateKey = key;
		return this;
	}

	/** Opens it for a server that remembers nothing. */
	public static RedisSandboxStore open(RedisProperties properties) {
		return RedisSandboxStore.open(properties, STATE_FOLDERS.resolve(UUID.randomUUID().toString()));
	}

	/** A folder that is removed when the tests end. */
	private static Path stateFolders() {
		try {
			Path folder = Files.createTempDirectory("state-");
			Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
			return folder;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void remove(Path folder) {
		try {
			FileSystemUtils.deleteRecursively(folder);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public RedisProperties properties() {
		return new RedisProperties(this.mode, "localhost", this.port, this.nodes, 0, this.user, this.password,
				this.master, null, null, this.tls, this.caFile, null, null, this.poolSize, this.timeout, this.timeout,
				"{sandbox-manager}", this.stateKey);
	}

	/** Whether a store does what it is to do; fails if not. */
	static boolean works(SandboxStore store) {
		assertWorks(store);
		return true;
	}

	/** A store does what it is to do. */
	static Sandbox assertWorks(SandboxStore store) {
		Sandbox sandbox = TestSandboxes.running("base", "s");
		store.insert(sandbox, Admission.within(SlotLimits.NONE));
		assertThat(store.find(sandbox.id())).contains(sandbox);
		store.insert(TestSandboxes.warm("other"), Admission.within(SlotLimits.NONE));
		assertThat(store.claimWarm("other", TestSandboxes.HASH, TestSandboxes.claim("s", TestSandboxes.NOW)))
			.isPresent();
		store.touch(sandbox.id(), TestSandboxes.NOW.plusSeconds(1), TestSandboxes.IDLE);
		assertThat(store.lease("fill", "me", Duration.ofSeconds(5))).isPresent();
		store.register("me", "engine", Instant.now(), Duration.ofSeconds(5));
		assertThat(store.due(TestSandboxes.NOW, 10)).isEmpty();
		assertThat(store.sessions()).contains("s");
		store.signal("topic");
		return sandbox;
	}

}
