package io.sandboxmanager.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.store.redis.RedisServer;

/**
 * The conformance kit of the AgentScope wire, in strict mode, on two servers with one
 * Redis: each request goes to the other one than the request before.
 */
@Tag("full")
class RoundRobinIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@TempDir
	private Path work;

	private final List<ServerProcess> started = new ArrayList<>();

	private RedisServer redis;

	@BeforeEach
	void startRedis() {
		this.redis = RedisServer.start();
	}

	/** The servers first: without the state they leave the sandboxes to others. */
	@AfterEach
	void stopServersAndRedis() {
		this.started.stream().filter(ServerProcess::isAlive).forEach(ServerProcess::stop);
		this.redis.close();
	}

	@TestFactory
	Stream<DynamicTest> stubImageWithToken() throws IOException {
		return check(List.of(), "--stub-tools");
	}

	@TestFactory
	Stream<DynamicTest> idleSessionsAreRecycled() throws IOException {
		return check(List.of("HEARTBEAT_TIMEOUT", "4"), "--heartbeat-timeout", "4", "--only", "*recycled*");
	}

	@TestFactory
	Stream<DynamicTest> instancesAreLimited() throws IOException {
		return check(List.of("MAX_SANDBOX_INSTANCES", "3"), "--max-instances", "3", "--only", "over_limit_create");
	}

	private Stream<DynamicTest> check(List<String> settings, String... options) throws IOException {
		String prefix = Servers.newPrefix();
		ServerProcess one = server(prefix, settings);
		ServerProcess other = server(prefix, settings);
		String[] all = Stream.concat(Stream.of("--strict"), Stream.of(options)).toArray(String[]::new);
		try (RoundRobinProxy proxy = new RoundRobinProxy(List.of(one.address(), other.address()))) {
			Kit kit = Kit.agentScopeWire(proxy.address(), TOKEN, all);
			if (!kit.passed()) {
				Servers.show(one);
				Servers.show(other);
			}
			return kit.tests();
		}
	}

	private ServerProcess server(String prefix, List<String> settings) {
		ServerProcess server = servers.server(settings.toArray(String[]::new))
			.set("BEARER_TOKEN", TOKEN)
			.set("RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf")
			.set("REDIS_ENABLED", "True")
			.set("REDIS_PORT", Integer.toString(this.redis.port()))
			.set("STATE_KEY", "a key of the tests")
			.set("CONTAINER_PREFIX_KEY", prefix)
			.set("DEFAULT_MOUNT_DIR", this.work.toString());
		this.started.add(server);
		return server.start();
	}

}
