package io.sandboxmanager.runtime;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.util.unit.DataSize;

import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.ServerBusyException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** How much memory the answers of all sandboxes take together. */
@Timeout(60)
class AnswerBudgetTests {

	private static final int LARGEST = 1 << 20;

	private static final int TOTAL = 3 << 19;

	private static final String TOOL = "/fastapi/mcp/call_tool";

	private final ByteBudget budget = budget(Duration.ofSeconds(20));

	private final HttpSandboxRuntime runtime = runtime(this.budget);

	private StubAgent agent;

	private Sandbox sandbox;

	@BeforeEach
	void start() throws IOException {
		this.agent = StubAgent.start();
		this.sandbox = Sandboxes.at(this.agent.url(), Duration.ofSeconds(30));
	}

	@AfterEach
	void stop() {
		this.runtime.close();
		this.agent.close();
	}

	@Test
	void manyLargeAnswersAreAllGivenButNeverTooManyAtOnce() throws Exception {
		int callers = 16;
		int length = 900_000;
		this.agent.answer(TOOL, 200, text(length));
		AtomicLong open = new AtomicLong();
		AtomicLong most = new AtomicLong();
		ExecutorService threads = Executors.newFixedThreadPool(callers);
		try {
			List<CompletableFuture<Void>> calls = IntStream.range(0, callers)
				.mapToObj((i) -> CompletableFuture.runAsync(() -> {
					try (RawJson answer = this.runtime.callTool(this.sandbox, "t", null)) {
						most.accumulateAndGet(open.addAndGet(answer.length()), Math::max);
						assertThat(this.budget.held()).isLessThanOrEqualTo(TOTAL);
						assertThat(answer.text()).hasSize(length);
						open.addAndGet(-answer.length());
					}
				}, threads))
				.toList();
			for (CompletableFuture<Void> call : calls) {
				call.get(40, TimeUnit.SECONDS);
			}
		}
		finally {
			threads.shutdownNow();
		}
		assertThat(most.get()).isBetween((long) length, (long) TOTAL);
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void answerWithoutRoomIsAResultThatSaysSo() {
		ByteBudget hurried = budget(Duration.ofMillis(1));
		this.agent.answer(TOOL, 200, text(900_000));
		try (HttpSandboxRuntime runtime = runtime(hurried); RawJson first = runtime.callTool(this.sandbox, "t", null)) {
			assertThat(first.length()).isEqualTo(900_000);
			assertThatExceptionOfType(ServerBusyException.class)
				.isThrownBy(() -> runtime.callTool(this.sandbox, "t", null));
			assertThat(ToolErrors.orResult(() -> runtime.callTool(this.sandbox, "t", null)).text())
				.contains("\"isError\":true", "busy with large answers");
			first.close();
			runtime.callTool(this.sandbox, "t", null).close();
		}
		assertThat(hurried.held()).isZero();
	}

	@Test
	void smallAnswerNeedsNoRoom() {
		this.agent.answer(TOOL, 200, text(60_000));
		RawJson answer = this.runtime.callTool(this.sandbox, "t", null);
		assertThat(answer.length()).isEqualTo(60_000);
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void answerThatIsTooLongGivesEverythingBack() {
		this.agent.answer(TOOL, 200, text(LARGEST + 1));
		assertFails(InvalidSandboxAnswerException.class);
	}

	@Test
	void answerThatIsNoJsonGivesEverythingBack() {
		this.agent.answer(TOOL, 200, "x".repeat(500_000));
		assertFails(InvalidSandboxAnswerException.class);
	}

	@Test
	void refusalGivesEverythingBack() {
		this.agent.answer(TOOL, 500, "x".repeat(500_000));
		assertFails(SandboxRefusedException.class);
	}

	@Test
	void answerThatBreaksOffGivesEverythingBack() {
		this.agent.handle(TOOL, (exchange) -> {
			exchange.sendResponseHeaders(200, 900_000);
			exchange.getResponseBody().write(new byte[500_000]);
		});
		assertFails(SandboxUnreachableException.class);
	}

	@Test
	void listOfToolsHasASmallerLimit() {
		this.agent.answer("/fastapi/mcp/list_tools", 200, "{\"a\":{\"b\":" + text(200_000) + "}}");
		try (RawJson tools = this.runtime.listTools(this.sandbox, "a")) {
			assertThat(tools.length()).isGreaterThan(200_000);
			assertThat(this.budget.held()).isGreaterThan(3L * 200_000);
		}
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void listOfToolsThatIsTooLongIsNotReadAsObjects() {
		this.agent.answer("/fastapi/mcp/list_tools", 200, "{\"a\":" + text(LARGEST / 4) + "}");
		assertThatExceptionOfType(InvalidSandboxAnswerException.class)
			.isThrownBy(() -> this.runtime.listTools(this.sandbox, null))
			.withMessageContaining("longer than " + LARGEST / 4);
		assertThat(this.budget.held()).isZero();
	}

	private void assertFails(Class<? extends Throwable> failure) {
		assertThatExceptionOfType(failure).isThrownBy(() -> this.runtime.callTool(this.sandbox, "t", null));
		assertThat(this.budget.held()).isZero();
	}

	/** A JSON string of so many bytes. */
	private static String text(int length) {
		return "\"" + "x".repeat(length - 2) + "\"";
	}

	private static ByteBudget budget(Duration patience) {
		return new ByteBudget("large answers", TOTAL, LARGEST, patience);
	}

	private static HttpSandboxRuntime runtime(ByteBudget budget) {
		return new HttpSandboxRuntime(new RuntimeProperties(Duration.ofSeconds(2), Duration.ofSeconds(1),
				Duration.ofSeconds(1), Duration.ofSeconds(5), 64, 64, DataSize.ofBytes(LARGEST)), budget);
	}

}
