package io.sandboxmanager.system;

import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Browsers and their clients as users have them, and the document that tells of them. */
class BrowserClientsIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@TestFactory
	Stream<DynamicTest> browsersAreDrivenAndWatchedAndKeptApart() {
		return check(start());
	}

	@TestFactory
	Stream<DynamicTest> browsersAreKeptApartByHostsOfTheirOwn() {
		return check(start("SANDBOX_DOMAIN", "localhost"), "--sandbox-domain", "localhost");
	}

	@Tag("full")
	@TestFactory
	Stream<DynamicTest> agentsOfBrowserUseDriveTheBrowser() {
		return check(start(), "--browser-use");
	}

	private static ServerProcess start(String... settings) {
		Docker.requireImage("agentscope/runtime-sandbox-browser:latest", "browser");
		return servers.server(Map.of("BEARER_TOKEN", TOKEN, "POOL_SIZE", "0"), settings).start();
	}

	private static Stream<DynamicTest> check(ServerProcess server, String... options) {
		Kit kit = Kit.browserClients(server, options);
		if (!kit.passed()) {
			Servers.show(server);
		}
		return kit.tests();
	}

}
