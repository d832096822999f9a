package io.sandboxmanager.system;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** What the command line says about a start, and with which code it ends. */
class StartupIT {

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@Test
	void missingEngineIsOneLine() {
		assertFails(servers.server("DOCKER_HOST", "unix:///nonexistent.sock"), 1, "unix:///nonexistent.sock");
	}

	@Test
	void eachWrongSettingIsOneLine() {
		assertFails(servers.server("PORT", "http", "POOL_SIZE", "-1", "AUTO_CLEANUP", "maybe"), 2, "PORT", "POOL_SIZE",
				"AUTO_CLEANUP");
	}

	@Test
	void listeningBeyondLoopbackWantsAToken() {
		assertFails(servers.server("HOST", "0.0.0.0"), 2, "BEARER_TOKEN");
	}

	@Test
	void portInUseIsOneLine() throws Exception {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			String port = Integer.toString(taken.getLocalPort());
			assertFails(servers.server("PORT", port), 1, "PORT=" + port);
		}
	}

	@Test
	void healthyServerSaysNothingOnStandardErrorAndEndsOnASignal() {
		ServerProcess server = servers.server("POOL_SIZE", "0").asDelivered().start();
		assertThat(server.stop()).isIn(0, 143);
		assertThat(server.errors()).isEmpty();
		assertThat(server.log()).doesNotContain("Exception", " ERROR ", "\tat ");
	}

	/** One line for each of the names, in any order, and no stack trace anywhere. */
	private static void assertFails(ServerProcess server, int exitCode, String... named) {
		server.asDelivered().begin();
		assertThat(server.awaitExit(Duration.ofMinutes(1))).isEqualTo(exitCode);
		assertThat(server.errors().lines()).hasSize(named.length);
		assertThat(server.errors()).contains(named).doesNotContain("\tat ");
		assertThat(server.log()).doesNotContain("Exception", " ERROR ", "\tat ");
		assertThat(server.containers()).isEmpty();
	}

}
