package io.sandboxmanager.system;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The conformance kit of the AgentScope wire, in strict mode, on two servers with one
 * Redis: each request goes to the other one than the request before.
 */
@Tag("full")
class RoundRobinIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final SharedState state = SharedState.forEachTest();

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
		ServerProcess one = server(settings);
		ServerProcess other = server(settings);
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

	private static ServerProcess server(List<String> settings) {
		return state.server(settings.toArray(String[]::new))
			.set("BEARER_TOKEN", TOKEN)
			.set("RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf")
			.start();
	}

}
