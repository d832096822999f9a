package io.sandboxmanager.system;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The conformance kits, on sandboxes that are processes of this machine. */
class LocalWireIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	private static ServerProcess server(String... settings) {
		return servers.server(settings).set("CONTAINER_DEPLOYMENT", "local").start();
	}

	@TestFactory
	Stream<DynamicTest> agentScopeWireWithAToken() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN);
		return check(server, Kit.agentScopeWire(server, "--strict"));
	}

	@TestFactory
	Stream<DynamicTest> agentScopeWireWithoutAToken() {
		ServerProcess server = server();
		return check(server, Kit.agentScopeWire(server, "--strict"));
	}

	@TestFactory
	Stream<DynamicTest> agentScopeWireRecycling() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN, "HEARTBEAT_TIMEOUT", "4");
		return check(server,
				Kit.agentScopeWire(server, "--strict", "--heartbeat-timeout", "4", "--only", "*recycled*"));
	}

	@TestFactory
	Stream<DynamicTest> agentWireThroughTheRelay() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN);
		JsonNode sandbox = server.api().info(server.api().acquire());
		return check(server,
				Kit.agentWire(sandbox.path("url").asString(), sandbox.path("runtime_token").asString(), "--strict"));
	}

	@TestFactory
	Stream<DynamicTest> agentWireThroughTheProxy() {
		ServerProcess server = server("BEARER_TOKEN", TOKEN);
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
