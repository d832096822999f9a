package io.sandboxmanager.system;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.redis.RedisServer;
import io.sandboxmanager.store.redis.TestRedis;

/**
 * Gives each test a Redis and servers on it, with one prefix and one folder of
 * workspaces. Afterwards it ends the servers, and Redis behind them: without the state
 * they would leave the sandboxes to others. They may do so too when another one was
 * killed a moment ago, so a container that is left is no mistake here, and is removed.
 */
final class SharedState implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

	static final String STATE_KEY = "a key of the tests";

	private final Servers servers;

	private final boolean shared;

	private @Nullable RedisServer redis;

	private @Nullable Path mounts;

	private String prefix = "";

	private SharedState(Servers servers, boolean shared) {
		this.servers = servers;
		this.shared = shared;
	}

	/** A Redis and servers that live for one test. */
	static SharedState forEachTest() {
		return new SharedState(Servers.forEachTest(), false);
	}

	/** A Redis and servers that all tests of a class use. */
	static SharedState forAllTests() {
		return new SharedState(Servers.forAllTests(), true);
	}

	/** A server that is not started yet, with settings of its own. */
	ServerProcess server(String... settings) {
		return serverAt(redis().port(), settings);
	}

	/** Two servers that were started side by side, with the same settings. */
	List<ServerProcess> startTwo(String... settings) {
		List<ServerProcess> two = List.of(server(settings), server(settings));
		two.forEach(ServerProcess::begin);
		two.forEach(ServerProcess::awaitServing);
		return two;
	}

	/** A server that finds its Redis at another port. */
	ServerProcess serverAt(int port, String... settings) {
		Map<String, String> common = Map.of("REDIS_ENABLED", "True", "REDIS_PORT", Integer.toString(port), "STATE_KEY",
				STATE_KEY, "CONTAINER_PREFIX_KEY", this.prefix, "DEFAULT_MOUNT_DIR", mounts().toString());
		return this.servers.server(common, settings);
	}

	RedisServer redis() {
		if (this.redis == null) {
			throw new IllegalStateException("Redis lives only while there is a test");
		}
		return this.redis;
	}

	/** Where the servers make the folders of workspaces. */
	Path mounts() {
		if (this.mounts == null) {
			throw new IllegalStateException("the folder lives only while there is a test");
		}
		return this.mounts;
	}

	/** How many entries a sorted set has. */
	int size(String key) {
		return Integer.parseInt(redis().cli("zcard", "{sandbox-manager}:" + key));
	}

	/** The state as a server sees it that does nothing by itself. */
	SandboxStore open() {
		return TestRedis.open(TestRedis.at(redis()).stateKey(STATE_KEY).properties());
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		this.servers.beforeAll(context);
		if (this.shared) {
			begin();
		}
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		if (!this.shared) {
			begin();
		}
	}

	private void begin() {
		this.redis = RedisServer.start();
		this.mounts = Servers.newFolder();
		this.prefix = Servers.newPrefix();
	}

	@Override
	public void afterEach(ExtensionContext context) {
		try {
			if (!this.shared) {
				this.servers.stopAll();
			}
		}
		finally {
			this.servers.afterEach(context);
			if (!this.shared) {
				end();
			}
		}
	}

	@Override
	public void afterAll(ExtensionContext context) {
		try {
			this.servers.stopAll();
		}
		finally {
			this.servers.afterAll(context);
			end();
		}
	}

	private void end() {
		if (this.redis != null) {
			this.redis.close();
			this.redis = null;
		}
		if (this.mounts != null) {
			Servers.removeFolder(this.mounts);
			this.mounts = null;
		}
	}

}
