package io.sandboxmanager.system;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The conformance kit of the API inside a sandbox, on our base image in strict mode. */
class AgentWireIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@TestFactory
	Stream<DynamicTest> directly() {
		ServerProcess server = servers.server("BEARER_TOKEN", TOKEN).start();
		JsonNode sandbox = server.api().info(server.api().acquire());
		return check(server,
				Kit.agentWire(sandbox.path("url").asString(), sandbox.path("runtime_token").asString(), "--strict"));
	}

	@TestFactory
	Stream<DynamicTest> throughTheProxy() {
		ServerProcess server = servers.server("BEARER_TOKEN", TOKEN).start();
		String address = server.address() + "/proxy/" + server.api().acquire();
		return check(server, Kit.agentWire(address, TOKEN, "--strict", "--prefix", "", "--via-proxy"));
	}

	private static Stream<DynamicTest> check(ServerProcess server, Kit kit) {
		if (!kit.passed()) {
			Servers.show(server);
		}
		return kit.tests();
	}

}
