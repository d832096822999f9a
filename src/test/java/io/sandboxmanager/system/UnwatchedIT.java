package io.sandboxmanager.system;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** A server that watches no sessions. */
class UnwatchedIT {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private static final Map<String, ?> OF_SESSION = Map.of("sandbox_type", "base", "meta",
			Map.of("session_ctx_id", "s"));

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@Test
	void sandboxOutlivesItsSessionsIdleTimeButNotItsLifetime() {
		ServerProcess server = servers
			.server("WATCHER_SCAN_INTERVAL", "0", "POOL_SIZE", "0", "HEARTBEAT_TIMEOUT", "100ms", "MAX_LIFETIME", "4s",
					"RELEASED_KEY_TTL", "1s")
			.start();
		String sandbox = Api.data(server.api().call("/create", OF_SESSION)).asString();
		Await.until("its record is forgotten", LIMIT, () -> server.api().call("/get_info", Map.of("identity", sandbox)),
				(answer) -> answer.statusCode() == 500);
		assertThat(server.containers()).isEqualTo(List.of());
		assertThat(server.log()).contains("has reached its longest lifetime").doesNotContain("is recycled");
	}

}
