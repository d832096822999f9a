package io.sandboxmanager.system;

import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Browsers and their clients as users have them, and the document that tells of them. */
class BrowserClientsIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@TestFactory
	Stream<DynamicTest> browsersAreDrivenAndWatchedAndKeptApart() {
		Docker.requireImage("agentscope/runtime-sandbox-browser:latest", "browser");
		ServerProcess server = servers.server("BEARER_TOKEN", TOKEN, "POOL_SIZE", "0").start();
		Kit kit = Kit.browserClients(server);
		if (!kit.passed()) {
			Servers.show(server);
		}
		return kit.tests();
	}

}
