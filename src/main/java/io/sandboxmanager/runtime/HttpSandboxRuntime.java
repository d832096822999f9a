package io.sandboxmanager.runtime;

import java.util.List;

import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Calls the API inside a sandbox over HTTP, below {@code /fastapi} of its endpoint. */
public final class HttpSandboxRuntime implements SandboxRuntime, AutoCloseable {

	private final JsonMapper json = JsonMapper.builder().build();

	private final AgentClient agent;

	public HttpSandboxRuntime(RuntimeProperties properties) {
		this.agent = new AgentClient(properties);
	}

	@Override
	public boolean isHealthy(Sandbox sandbox) {
		return this.agent.probe(sandbox, "/healthz");
	}

	@Override
	public RawJson listTools(Sandbox sandbox, @Nullable String group) {
		ObjectNode groups = readObject(sandbox, this.agent.get(sandbox, "/mcp/list_tools"));
		ObjectNode builtIn = (groups.path(BuiltInTool.GROUP) instanceof ObjectNode there) ? there
				: groups.putObject(BuiltInTool.GROUP);
		List.of(BuiltInTool.values()).forEach((tool) -> builtIn.set(tool.toolName(), tool.describe()));
		return RawJson.of(this.json.writeValueAsBytes((group != null) ? only(group, groups) : groups));
	}

	@Override
	public RawJson callTool(Sandbox sandbox, @Nullable String tool, @Nullable JsonNode arguments) {
		ToolCall call = ToolCall.of(tool, arguments);
		byte[] result = this.agent.post(sandbox, call.path(), this.json.writeValueAsBytes(call.body()));
		checkJson(sandbox, result);
		return RawJson.of(result);
	}

	@Override
	public void addMcpServers(Sandbox sandbox, JsonNode serverConfigs, boolean overwrite) {
		ObjectNode body = JsonNodeFactory.instance.objectNode();
		body.set("server_configs", serverConfigs);
		body.put("overwrite", overwrite);
		this.agent.post(sandbox, "/mcp/add_servers", this.json.writeValueAsBytes(body));
	}

	@Override
	public void close() {
		this.agent.close();
	}

	private static ObjectNode only(String group, ObjectNode groups) {
		JsonNode tools = groups.path(group);
		ObjectNode only = JsonNodeFactory.instance.objectNode();
		only.set(group, tools.isMissingNode() ? JsonNodeFactory.instance.objectNode() : tools);
		return only;
	}

	private ObjectNode readObject(Sandbox sandbox, byte[] answer) {
		try {
			if (this.json.readTree(answer) instanceof ObjectNode object) {
				return object;
			}
			throw new InvalidSandboxAnswerException(sandbox.id(), "it is not a JSON object");
		}
		catch (JacksonException ex) {
			throw notJson(sandbox, ex);
		}
	}

	/**
	 * Reads over the answer without keeping anything. It is going to stand inside an
	 * answer of ours, and what runs in a sandbox must not be able to write that.
	 */
	private void checkJson(Sandbox sandbox, byte[] answer) {
		try (JsonParser parser = this.json.createParser(answer)) {
			if (parser.nextToken() == null) {
				throw new InvalidSandboxAnswerException(sandbox.id(), "it is empty");
			}
			parser.skipChildren();
			parser.finishToken();
			if (parser.nextToken() != null) {
				throw new InvalidSandboxAnswerException(sandbox.id(), "it is more than one JSON value");
			}
		}
		catch (JacksonException ex) {
			throw notJson(sandbox, ex);
		}
	}

	private static InvalidSandboxAnswerException notJson(Sandbox sandbox, JacksonException ex) {
		return new InvalidSandboxAnswerException(sandbox.id(), "it is not JSON: " + ex.getOriginalMessage());
	}

}
