package io.sandboxmanager.runtime;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import io.sandboxmanager.runtime.StubAgent.Asked;
import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.InvalidToolCallException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

/** What is asked of a sandbox that answers, and what becomes of its answers. */
class HttpSandboxRuntimeTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private static final String GENERIC = """
			{"run_ipython_cell":{"name":"run_ipython_cell","json_schema":{"type":"function","function":{\
			"name":"run_ipython_cell","description":"Run an IPython cell.","parameters":{"type":"object",\
			"properties":{"code":{"type":"string","description":"IPython code to execute"}},"required":["code"]}}}},\
			"run_shell_command":{"name":"run_shell_command","json_schema":{"type":"function","function":{\
			"name":"run_shell_command","description":"Run a shell command.","parameters":{"type":"object",\
			"properties":{"command":{"type":"string","description":"Shell command to execute"}},"required":["command"]}}}}}""";

	private static final RuntimeProperties PROPERTIES = new RuntimeProperties(Duration.ofSeconds(2),
			Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(5), 4, 8, DataSize.ofMegabytes(2));

	private final HttpSandboxRuntime runtime = new HttpSandboxRuntime(PROPERTIES, Budgets.plenty());

	private StubAgent agent;

	private Sandbox sandbox;

	@BeforeEach
	void start() throws IOException {
		this.agent = StubAgent.start();
		this.sandbox = Sandboxes.at(this.agent.url(), Duration.ofSeconds(5));
	}

	@AfterEach
	void stop() {
		this.runtime.close();
		this.agent.close();
	}

	@Test
	void isHealthyWhenHealthzAnswers200() {
		this.agent.answer("/fastapi/healthz", 200, "OK");
		assertThat(this.runtime.isHealthy(this.sandbox)).isTrue();
		assertThat(this.agent.asked)
			.containsExactly(new Asked("GET", "/fastapi/healthz", "Bearer " + this.sandbox.token().secret(), ""));
	}

	@Test
	void typeMayHaveAnotherPathForItsHealth() {
		this.agent.answer("/v1/docs", 200, "");
		try (HttpSandboxRuntime runtime = new HttpSandboxRuntime(PROPERTIES, Budgets.plenty(),
				Map.of(this.sandbox.kind().type(), "/v1/docs"))) {
			assertThat(runtime.isHealthy(this.sandbox)).isTrue();
			assertThat(this.runtime.isHealthy(this.sandbox)).isFalse();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 204, 302, 403, 404, 500, 502 })
	void isNotHealthyWhenHealthzAnswersAnythingElse(int status) {
		this.agent.answer("/fastapi/healthz", status, "");
		assertThat(this.runtime.isHealthy(this.sandbox)).isFalse();
	}

	@Test
	void builtInToolsHaveTheirOwnPaths() {
		this.agent.answer("/fastapi/tools/", 200, "{\"isError\":false}");
		this.runtime.callTool(this.sandbox, "run_shell_command", json("{'command':'grüße','cwd':'/tmp'}"));
		this.runtime.callTool(this.sandbox, "run_ipython_cell", json("{'code':'1','timeout':3}"));
		assertThat(this.agent.asked).extracting(Asked::method, Asked::path, Asked::body)
			.containsExactly(
					tuple("POST", "/fastapi/tools/run_shell_command", "{\"command\":\"grüße\",\"cwd\":\"/tmp\"}"),
					tuple("POST", "/fastapi/tools/run_ipython_cell", "{\"code\":\"1\",\"timeout\":3}"));
	}

	@Test
	void otherToolsGoToTheMcpServersWithAnObjectOfArguments() {
		this.agent.answer("/fastapi/mcp/call_tool", 200, "{\"isError\":false}");
		this.runtime.callTool(this.sandbox, "add", json("{'a':1}"));
		this.runtime.callTool(this.sandbox, "add", json("null"));
		this.runtime.callTool(this.sandbox, "add", null);
		String none = "{\"tool_name\":\"add\",\"arguments\":{}}";
		assertThat(this.agent.asked).extracting(Asked::body)
			.containsExactly("{\"tool_name\":\"add\",\"arguments\":{\"a\":1}}", none, none);
	}

	@Test
	void resultIsPassedOnByteForByte() {
		String odd = " {\"b\" : 1.10, \"a\":\"\\u00e9\", \"a\":null}\n";
		this.agent.answer("/fastapi/mcp/call_tool", 200, odd);
		assertThat(this.runtime.callTool(this.sandbox, "t", null)).isEqualTo(RawJson.of(odd));
	}

	@Test
	void resultOfAMillionBytesIsPassedOn() {
		String large = "{\"text\":\"" + "x".repeat(1_000_000) + "\"}";
		this.agent.answer("/fastapi/mcp/call_tool", 200, large);
		assertThat(this.runtime.callTool(this.sandbox, "t", null).text()).isEqualTo(large);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "<html>", "{\"a\":1", "{} {}", "1},\"x\":{", "{\"a\":tru}", "{\"a\":\"\u0001\"}" })
	void resultThatIsNotOneJsonValueIsNotPassedOn(String answer) {
		this.agent.answer("/fastapi/mcp/call_tool", 200, answer);
		assertThatExceptionOfType(InvalidSandboxAnswerException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "t", null))
			.withMessageContaining(this.sandbox.id().value());
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "{'x':1}", "{'command':'true','x':1}" })
	void builtInToolCalledWronglyIsRefusedWithoutAskingTheSandbox(String arguments) {
		assertThatExceptionOfType(InvalidToolCallException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "run_shell_command", json(arguments)));
		assertThat(this.agent.asked).isEmpty();
	}

	@Test
	void toolCallNeedsANameAndAnObject() {
		for (String name : new String[] { null, "" }) {
			assertThatExceptionOfType(InvalidToolCallException.class)
				.isThrownBy(() -> this.runtime.callTool(this.sandbox, name, null))
				.withMessage("tool_name is required");
		}
		assertThatExceptionOfType(InvalidToolCallException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "t", json("[1]")))
			.withMessage("the arguments of t must be an object");
	}

	@Test
	void refusalCarriesStatusAndDetail() {
		this.agent.answer("/fastapi/mcp/call_tool", 500, "{\"detail\":\"Tool 'nope' not found.\"}");
		assertThatExceptionOfType(SandboxRefusedException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "nope", null))
			.withMessage("sandbox " + this.sandbox.id() + " answered 500: Tool 'nope' not found.")
			.satisfies((refused) -> {
				assertThat(refused.getStatus()).isEqualTo(500);
				assertThat(refused.getDetail()).isEqualTo("Tool 'nope' not found.");
			});
	}

	@Test
	void refusalKeepsADetailThatIsNoText() {
		this.agent.answer("/fastapi/mcp/call_tool", 422, "{\"detail\":[{\"type\":\"missing\"}]}");
		assertThatExceptionOfType(SandboxRefusedException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "t", null))
			.satisfies((refused) -> assertThat(refused.getDetail()).isEqualTo("[{\"type\":\"missing\"}]"));
	}

	@Test
	void refusalOfAProxyInsideIsToldByItsReason() {
		this.agent.answer("/fastapi/mcp/call_tool", 413, "<html><h1>413</h1></html>");
		assertThatExceptionOfType(SandboxRefusedException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "t", null))
			.withMessageEndingWith("answered 413: Request Entity Too Large");
	}

	@Test
	void refusalIsShortenedWhenLong() {
		this.agent.answer("/fastapi/mcp/call_tool", 500, "{\"detail\":\"" + "x".repeat(5000) + "\"}");
		assertThatExceptionOfType(SandboxRefusedException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "t", null))
			.satisfies((refused) -> assertThat(refused.getDetail()).hasSize(4097).endsWith("x…"));
	}

	@Test
	void redirectIsARefusalAndNotFollowed() {
		this.agent.handle("/fastapi/mcp/call_tool", (exchange) -> {
			exchange.getResponseHeaders().add("Location", "/fastapi/elsewhere");
			exchange.sendResponseHeaders(302, -1);
		});
		assertThatExceptionOfType(SandboxRefusedException.class)
			.isThrownBy(() -> this.runtime.callTool(this.sandbox, "t", null));
		assertThat(this.agent.asked).hasSize(1);
	}

	@Test
	void cookiesAreNotSentBack() {
		StringBuilder cookies = new StringBuilder();
		this.agent.handle("/fastapi/healthz", (exchange) -> {
			cookies.append(exchange.getRequestHeaders().get("Cookie"));
			exchange.getResponseHeaders().add("Set-Cookie", "a=b; Path=/");
			exchange.sendResponseHeaders(200, -1);
		});
		assertThat(this.runtime.isHealthy(this.sandbox)).isTrue();
		assertThat(this.runtime.isHealthy(this.sandbox)).isTrue();
		assertThat(cookies).hasToString("nullnull");
	}

	@Test
	void toolsAreListedWithTheBuiltInOnes() {
		String mcp = "{\"mini\":{\"add\":{\"name\":\"add\",\"json_schema\":{}}}}";
		this.agent.answer("/fastapi/mcp/list_tools", 200, mcp);
		assertThat(this.runtime.listTools(this.sandbox, null).text())
			.isEqualTo("{\"mini\":{\"add\":{\"name\":\"add\",\"json_schema\":{}}},\"generic\":" + GENERIC + "}");
	}

	@Test
	void oneGroupOfToolsIsListedWhenAskedFor() {
		this.agent.answer("/fastapi/mcp/list_tools", 200, "{\"mini\":{\"add\":{}}}");
		assertThat(this.runtime.listTools(this.sandbox, "generic").text()).isEqualTo("{\"generic\":" + GENERIC + "}");
		assertThat(this.runtime.listTools(this.sandbox, "mini").text()).isEqualTo("{\"mini\":{\"add\":{}}}");
		assertThat(this.runtime.listTools(this.sandbox, "zzz").text()).isEqualTo("{\"zzz\":{}}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "[]", "OK", "null" })
	void listOfToolsThatIsNoObjectIsNotPassedOn(String answer) {
		this.agent.answer("/fastapi/mcp/list_tools", 200, answer);
		assertThatExceptionOfType(InvalidSandboxAnswerException.class)
			.isThrownBy(() -> this.runtime.listTools(this.sandbox, null));
	}

	@Test
	void groupNamedLikeTheBuiltInOneKeepsItsOwnTools() {
		for (String generic : List.of("{\"own\":{}}", "null", "[]")) {
			try (StubAgent other = StubAgent.start()) {
				other.answer("/fastapi/mcp/list_tools", 200, "{\"generic\":" + generic + "}");
				RawJson tools = this.runtime.listTools(Sandboxes.at(other.url(), Duration.ofSeconds(5)), null);
				JsonNode group = JSON.readTree(tools.text()).path("generic");
				assertThat(group.has("run_shell_command")).isTrue();
				assertThat(group.has("own")).isEqualTo(generic.contains("own"));
			}
			catch (IOException ex) {
				throw new AssertionError(ex);
			}
		}
	}

	@Test
	void mcpServersAreAdded() {
		this.agent.answer("/fastapi/mcp/add_servers", 200, "OK");
		this.runtime.addMcpServers(this.sandbox, json("{'mcpServers':{}}"), true);
		assertThat(this.agent.asked).extracting(Asked::body)
			.containsExactly("{\"server_configs\":{\"mcpServers\":{}},\"overwrite\":true}");
	}

	@Test
	void sandboxWithoutAPlacementCannotBeCalled() {
		Sandbox unplaced = Sandboxes.unplaced(Duration.ofSeconds(1));
		assertThatExceptionOfType(SandboxUnavailableException.class)
			.isThrownBy(() -> this.runtime.callTool(unplaced, "t", null));
		assertThatExceptionOfType(SandboxUnavailableException.class).isThrownBy(() -> this.runtime.isHealthy(unplaced));
	}

	private static JsonNode json(String text) {
		return JSON.readTree(text.replace('\'', '"'));
	}

}
