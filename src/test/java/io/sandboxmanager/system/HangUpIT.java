package io.sandboxmanager.system;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that are gone before they are answered: nobody will ever release what they
 * asked for.
 */
class HangUpIT {

	private static final String ARGUMENTS = "{\"sandbox_type\":\"base\"}";

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@Test
	void sandboxThatIsMadeForNobodyIsReleased() throws IOException {
		ServerProcess server = servers.server("POOL_SIZE", "0").start();
		for (String path : List.of("/create", "/create_from_pool")) {
			RawRequest closed = request(server, path);
			RawRequest reset = request(server, path);
			Await.until("a sandbox is being made for each", LIMIT, server::containers, (there) -> there.size() == 2);
			closed.close();
			reset.reset();
			Await.until("both are gone", LIMIT, server::containers, List::isEmpty);
		}
		assertThat(server.api().isHealthy()).isTrue();
		assertThat(server.log()).doesNotContain(" ERROR ", "\tat ");
	}

	@Test
	void callerWhoHangsUpAtOnceTakesNoSandboxFromThePool() throws IOException {
		ServerProcess server = servers.server("POOL_SIZE", "1").start();
		Await.until("the pool is filled", LIMIT, server::containers, (there) -> there.size() == 1);
		for (int i = 0; i < 5; i++) {
			request(server, "/create_from_pool").close();
		}
		String mine = server.api().acquire();
		Await.until("only mine and one in the pool are there", LIMIT, server::containers,
				(there) -> there.size() == 2 && there.contains(mine));
	}

	private static RawRequest request(ServerProcess server, String path) throws IOException {
		return RawRequest.begin(server, "POST " + path, ARGUMENTS.length(), ARGUMENTS);
	}

}
