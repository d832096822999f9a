package io.sandboxmanager.system;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The conformance kit of the AgentScope wire, in strict mode. */
class AgentScopeWireIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@TestFactory
	Stream<DynamicTest> stubImageWithToken() {
		return check(servers.server("BEARER_TOKEN", TOKEN, "RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf"), "--stub-tools");
	}

	@TestFactory
	Stream<DynamicTest> idleSessionsAreRecycled() {
		return check(servers.server("HEARTBEAT_TIMEOUT", "4", "BEARER_TOKEN", TOKEN), "--heartbeat-timeout", "4",
				"--only", "*recycled*");
	}

	@TestFactory
	Stream<DynamicTest> instancesAreLimited() {
		return check(servers.server("MAX_SANDBOX_INSTANCES", "3", "BEARER_TOKEN", TOKEN), "--max-instances", "3",
				"--only", "over_limit_create");
	}

	@Tag("full")
	@TestFactory
	Stream<DynamicTest> baseImageWithToken() {
		return check(servers.server("BEARER_TOKEN", TOKEN), "--slow");
	}

	@Tag("full")
	@TestFactory
	Stream<DynamicTest> baseImageWithoutToken() {
		return check(servers.server());
	}

	private static Stream<DynamicTest> check(ServerProcess server, String... options) {
		String[] all = Stream.concat(Stream.of("--strict"), Stream.of(options)).toArray(String[]::new);
		Kit kit = Kit.agentScopeWire(server.start(), all);
		if (!kit.passed()) {
			Servers.show(server);
		}
		return kit.tests();
	}

}
