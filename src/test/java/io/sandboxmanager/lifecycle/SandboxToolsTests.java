package io.sandboxmanager.lifecycle;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

import com.sun.net.httpserver.HttpExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

import io.sandboxmanager.runtime.HttpSandboxRuntime;
import io.sandboxmanager.runtime.RuntimeProperties;
import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;

/** Calls of the tools of sandboxes whose agents answer. */
class SandboxToolsTests {

	private static final String LARGE = "\"" + "x".repeat(200_000) + "\"";

	@TempDir
	private Path folder;

	private final ByteBudget budget = new ByteBudget("large answers", 1 << 20, 1 << 20, Duration.ofMillis(1));

	private final HttpSandboxRuntime runtime = new HttpSandboxRuntime(new RuntimeProperties(Duration.ofSeconds(2),
			Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(2), 4, 16, DataSize.ofMegabytes(1)),
			this.budget);

	private World world;

	private SandboxTools tools;

	/** Happens while a call is under way. */
	private Runnable meanwhile = () -> {
	};

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 0, 0, World.IDLE, this::answer);
		this.tools = new SandboxTools(this.world.access, this.runtime);
	}

	@AfterEach
	void end() {
		this.world.close();
		this.runtime.close();
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			this.meanwhile.run();
			byte[] body = LARGE.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
		}
	}

	@Test
	void anAnswerHoldsMemoryUntilItIsClosed() {
		try (RawJson answer = call()) {
			assertThat(answer.length()).isEqualTo(LARGE.length());
			assertThat(this.budget.held()).isPositive();
		}
		assertThat(this.budget.held()).isZero();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aUseThatCannotBeNotedCostsNeitherTheAnswerNorItsMemory(boolean known) {
		this.meanwhile = () -> this.world.storeFaults.failNext("touch",
				known ? new StateUnavailableException("away", null) : new IllegalStateException("broken"));
		try (RawJson answer = call()) {
			assertThat(answer.length()).isEqualTo(LARGE.length());
		}
		assertThat(this.budget.held()).isZero();
		this.meanwhile = () -> {
		};
		call().close();
		assertThat(this.budget.held()).isZero();
	}

	private RawJson call() {
		Sandbox sandbox = this.world.acquire("s");
		return this.tools.call(sandbox.name(), "any", null);
	}

}
