package io.sandboxmanager.lifecycle;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.node.JsonNodeFactory;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.runtime.HttpSandboxRuntime;
import io.sandboxmanager.runtime.RuntimeProperties;
import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.ProvisioningException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Sandboxes that die between the pool and the first call that they answer. */
class UntriedSandboxesTests {

	@TempDir
	private Path folder;

	private final HttpSandboxRuntime runtime = new HttpSandboxRuntime(
			new RuntimeProperties(Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(1),
					Duration.ofSeconds(2), 16, 64, DataSize.ofMegabytes(1)),
			new ByteBudget("large answers", 1 << 20, 1 << 20, Duration.ofMillis(1)));

	/** What agents were asked for. */
	private final List<URI> asked = new CopyOnWriteArrayList<>();

	private World world;

	private SandboxTools tools;

	private volatile boolean breaksOff;

	@BeforeEach
	void begin() {
		this.world = world(0);
		this.tools = new SandboxTools(this.world.access, this.runtime);
	}

	private World world(int limit) {
		World filled = new World(this.folder.resolve("limit-" + limit), 1, limit, World.IDLE, this::answer);
		filled.fill();
		return filled;
	}

	@AfterEach
	void end() {
		this.world.close();
		this.runtime.close();
	}

	private void answer(HttpExchange exchange) throws IOException {
		try (exchange) {
			this.asked.add(exchange.getRequestURI());
			exchange.getRequestBody().readAllBytes();
			if (!this.breaksOff) {
				exchange.sendResponseHeaders(200, 2);
				exchange.getResponseBody().write("{}".getBytes(StandardCharsets.US_ASCII));
			}
		}
	}

	static Stream<BiConsumer<SandboxTools, String>> calls() {
		return Stream.of(SandboxTools::checkHealth, (tools, name) -> tools.list(name, null).close(),
				(tools, name) -> assertThat(tools.call(name, "any", null)).isEqualTo(RawJson.of("{}")),
				(tools, name) -> assertThat(tools.addMcpServers(name, JsonNodeFactory.instance.objectNode(), false))
					.isEqualTo(RawJson.of("\"OK\"")));
	}

	@ParameterizedTest
	@MethodSource("calls")
	void oneThatIsDeadIsReplacedWithinTheCall(BiConsumer<SandboxTools, String> call) {
		Sandbox dead = this.world.acquire("s");
		kill(dead);
		call.accept(this.tools, dead.name());
		assertThat(this.asked).hasSize(1);
		assertIsReplaced(dead);
		assertThat(this.world.store.bySession("s")).extracting(Sandbox::state).containsExactly(SandboxState.RUNNING);
		call.accept(this.tools, dead.name());
		assertThat(this.asked).hasSize(2);
	}

	@Test
	void oneThatIsInNoSessionIsReplacedToo() {
		Sandbox dead = this.world.creation.acquire(this.world.base(), Owner.ANONYMOUS, SandboxRequest.PLAIN);
		this.world.backend.vanish(dead.requirePlacement().ref());
		assertAnswers(dead);
		assertIsReplaced(dead);
	}

	@Test
	void oneThatIsLostAndDoneWithWhileItIsTriedIsReplacedToo() {
		Sandbox dead = this.world.acquire("s");
		this.world.backend.vanish(dead.requirePlacement().ref());
		this.world.clock.advance(Duration.ofSeconds(1));
		this.world.reconciliation.run(Duration.ZERO);
		this.world.runBackground();
		assertThat(this.world.now(dead).state()).isEqualTo(SandboxState.FAILED);
		assertThat(this.world.untried.giveUp(dead)).isTrue();
		assertAnswers(dead);
		assertIsReplaced(dead);
	}

	@Test
	void oneWhoseEndIsKnownIsReplacedWithoutBeingTried() {
		Sandbox dead = this.world.acquire("s");
		kill(dead);
		this.world.control.noteEnd(dead.requirePlacement().ref());
		assertThat(this.world.now(dead).state()).isEqualTo(SandboxState.STOPPED);
		assertAnswers(dead);
		assertIsReplaced(dead);
	}

	@Test
	void oneWhoseContainerWasMissedIsReplaced() {
		Sandbox dead = this.world.acquire("s");
		this.world.backend.vanish(dead.requirePlacement().ref());
		this.world.clock.advance(Duration.ofSeconds(60));
		this.world.reconciliation.run(Duration.ofSeconds(30));
		this.world.runBackground();
		assertThat(this.world.now(dead).state()).isEqualTo(SandboxState.FAILED);
		assertAnswers(dead);
		assertIsReplaced(dead);
	}

	@Test
	void oneThatHasAnsweredIsNotReplaced() {
		Sandbox sandbox = this.world.acquire("s");
		assertAnswers(sandbox);
		assertThat(this.world.now(sandbox).untried()).isFalse();
		kill(sandbox);
		assertFails(sandbox);
		assertThat(this.world.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void oneThatWasMadeForItsCallerIsNotReplaced() {
		Sandbox sandbox = this.world.create(new SandboxRequest("s", Map.of("A", "1"), Map.of(), null, null));
		kill(sandbox);
		assertFails(sandbox);
		assertThat(this.world.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void aReplacementIsNotReplaced() {
		Sandbox dead = this.world.acquire("s");
		kill(dead);
		assertAnswers(dead);
		kill(this.world.access.find(dead.name()));
		assertFails(dead);
	}

	@Test
	void oneThatItsOwnerHasStoppedIsRefused() {
		Sandbox sandbox = this.world.acquire("s");
		this.world.control.stop(sandbox.name());
		assertThatExceptionOfType(SandboxUnavailableException.class)
			.isThrownBy(() -> this.tools.checkHealth(sandbox.name()))
			.withMessageContaining("stopped");
	}

	@Test
	void aCallThatMayHaveArrivedIsNotMadeAgain() {
		Sandbox sandbox = this.world.acquire("s");
		this.breaksOff = true;
		assertFails(sandbox);
		assertThat(this.asked).hasSize(1);
		assertThat(this.world.now(sandbox).state()).isEqualTo(SandboxState.RUNNING);
		this.breaksOff = false;
		kill(sandbox);
		assertAnswers(sandbox);
		assertIsReplaced(sandbox);
	}

	@Test
	void atTheLimitItLeavesItsSlotToItsReplacement() {
		try (World full = world(1)) {
			Sandbox dead = full.acquire("s");
			full.backend.kill(dead.requirePlacement().ref(), 137, false);
			new SandboxTools(full.access, this.runtime).checkHealth(dead.name());
			assertThat(full.access.find(dead.name()).state()).isEqualTo(SandboxState.RUNNING);
			assertThat(full.backend.size()).isEqualTo(1);
		}
	}

	@Test
	void aReplacementThatFailsIsTriedAgainByTheNextCall() {
		Sandbox dead = this.world.acquire("s");
		kill(dead);
		this.world.backend.faults().failNext(Operation.START, new EngineUnreachableException("no answer", null));
		assertThatExceptionOfType(ProvisioningException.class).isThrownBy(() -> assertAnswers(dead));
		assertThat(this.world.now(dead).state()).isEqualTo(SandboxState.RECYCLED);
		assertThat(this.world.now(dead).reason()).isEqualTo(Sandbox.CONTAINER_LOST);
		assertAnswers(dead);
		assertIsReplaced(dead);
	}

	@Test
	void manyCallsAtOnceGetOneReplacement() throws Exception {
		Sandbox dead = this.world.acquire("s");
		kill(dead);
		int starts = this.world.backend.faults().calls(Operation.START);
		ExecutorService callers = Executors.newFixedThreadPool(8);
		try {
			List<CompletableFuture<Void>> calls = new ArrayList<>();
			for (int i = 0; i < 8; i++) {
				calls.add(CompletableFuture.runAsync(() -> assertAnswers(dead), callers));
			}
			for (CompletableFuture<Void> call : calls) {
				call.get(20, TimeUnit.SECONDS);
			}
		}
		finally {
			callers.shutdownNow();
		}
		assertThat(this.asked).hasSize(8);
		assertThat(this.world.backend.faults().calls(Operation.START)).isEqualTo(starts + 1);
		assertIsReplaced(dead);
	}

	@Test
	void anAnswerThatCannotBeNotedIsGivenAllTheSame() {
		Sandbox sandbox = this.world.acquire("s");
		this.world.storeFaults.failNext("update", new StateUnavailableException("away", null));
		assertAnswers(sandbox);
		assertThat(this.world.now(sandbox).untried()).isTrue();
		assertAnswers(sandbox);
		assertThat(this.world.now(sandbox).untried()).isFalse();
	}

	private void kill(Sandbox sandbox) {
		this.world.backend.kill(sandbox.requirePlacement().ref(), 137, false);
	}

	private void assertAnswers(Sandbox sandbox) {
		assertThat(this.tools.call(sandbox.name(), "any", null)).isEqualTo(RawJson.of("{}"));
	}

	private void assertFails(Sandbox sandbox) {
		assertThat(this.tools.call(sandbox.name(), "any", null).text()).contains("\"isError\":true");
	}

	private void assertIsReplaced(Sandbox dead) {
		Sandbox now = this.world.now(dead);
		assertThat(now.state()).isEqualTo(SandboxState.REPLACED);
		Sandbox successor = this.world.access.find(dead.name());
		assertThat(successor.id()).isEqualTo(now.successor());
		assertThat(successor.state()).isEqualTo(SandboxState.RUNNING);
		assertThat(successor.workspace()).isEqualTo(dead.workspace());
		assertThat(successor.request()).isEqualTo(dead.request());
		assertThat(this.world.backend.spec(dead.requirePlacement().ref())).isEmpty();
	}

}
