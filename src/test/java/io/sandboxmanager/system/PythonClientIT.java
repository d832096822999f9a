package io.sandboxmanager.system;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** AgentScope's own Python client, which is not changed for this server. */
@Tag("full")
class PythonClientIT {

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@TestFactory
	Stream<DynamicTest> withToken() {
		return check(servers.server("BEARER_TOKEN", "a-token-of-the-system-tests"));
	}

	@TestFactory
	Stream<DynamicTest> withoutToken() {
		return check(servers.server());
	}

	private static Stream<DynamicTest> check(ServerProcess server) {
		Kit kit = Kit.pythonClient(server.start());
		if (!kit.passed()) {
			Servers.show(server);
		}
		return kit.tests();
	}

}
