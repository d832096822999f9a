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

	@TestFactory
	Stream<DynamicTest> theClassesOfTheTypesWithMoreTools() {
		ServerProcess server = servers.server("BEARER_TOKEN", "a-token-of-the-system-tests", "POOL_SIZE", "0").start();
		return Stream.of("filesystem", "browser", "gui").flatMap((type) -> tests(server, "--type", type));
	}

	private static Stream<DynamicTest> check(ServerProcess server) {
		return tests(server.start());
	}

	private static Stream<DynamicTest> tests(ServerProcess server, String... options) {
		Kit kit = Kit.pythonClient(server, options);
		if (!kit.passed()) {
			Servers.show(server);
		}
		return kit.tests();
	}

}
