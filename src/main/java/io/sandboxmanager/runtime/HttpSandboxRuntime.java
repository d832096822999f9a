package io.sandboxmanager.runtime;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.HeldBytes;
import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxNotResetException;

/** Calls the API inside a sandbox over HTTP, below {@code /fastapi} of its endpoint. */
public final class HttpSandboxRuntime implements SandboxRuntime, AutoCloseable {

	/** A list of tools is turned into objects, unlike the result of one. */
	private static final long MAX_LIST = 8 << 20;

	private static final int WEIGHT_OF_OBJECTS = 4;

	private final JsonMapper json = JsonMapper.builder().build();

	/** By which path an agent tells that it is ready, if its type says nothing else. */
	private static final String HEALTH = AgentClient.PREFIX + "/healthz";

	private final AgentClient agent;

	private final Map<String, String> healthPaths;

	/**
	 * Calls sandboxes.
	 * @param answers what the answers of all calls may take of the server's memory
	 * @param healthPaths by which path the agents of a type tell that they are ready,
	 * where it is not the usual one
	 */
	public HttpSandboxRuntime(RuntimeProperties properties, ByteBudget answers, Map<String, String> healthPaths) {
		this.agent = new AgentClient(properties, answers);
		this.healthPaths = Map.copyOf(healthPaths);
	}

	/** Calls sandboxes whose agents all tell by the usual path that they are ready. */
	public HttpSandboxRuntime(RuntimeProperties properties, ByteBudget answers) {
		this(properties, answers, Map.of());
	}

	@Override
	public void checkHealth(Sandbox sandbox) {
		this.agent.probe(sandbox, this.healthPaths.getOrDefault(sandbox.kind().type(), HEALTH));
	}

	@Override
	public RawJson listTools(Sandbox sandbox, @Nullable String group) {
		HeldBytes answer = this.agent.get(sandbox, "/mcp/list_tools", MAX_LIST, WEIGHT_OF_OBJECTS);
		return checked(answer, () -> answer.replace(tools(readObject(sandbox, answer), group)));
	}

	private byte[] tools(ObjectNode groups, @Nullable String group) {
		ObjectNode builtIn = (groups.path(BuiltInTool.GROUP) instanceof ObjectNode there) ? there
				: groups.putObject(BuiltInTool.GROUP);
		List.of(BuiltInTool.values()).forEach((tool) -> builtIn.set(tool.toolName(), tool.describe()));
		return this.json.writeValueAsBytes((group != null) ? only(group, groups) : groups);
	}

	@Override
	public RawJson callTool(Sandbox sandbox, @Nullable String tool, @Nullable JsonNode arguments) {
		ToolCall call = ToolCall.of(tool, arguments);
		HeldBytes result = this.agent.post(sandbox, call.path(), this.json.writeValueAsBytes(call.body()));
		return checked(result, () -> checkJson(sandbox, result));
	}

	@Override
	public void addMcpServers(Sandbox sandbox, JsonNode serverConfigs, boolean overwrite) {
		ObjectNode body = JsonNodeFactory.instance.objectNode();
		body.set("server_configs", serverConfigs);
		body.put("overwrite", overwrite);
		this.agent.post(sandbox, "/mcp/add_servers", this.json.writeValueAsBytes(body)).close();
	}

	@Override
	public void reset(Sandbox sandbox) {
		try (HeldBytes answer = this.agent.post(sandbox, "/reset", new byte[0])) {
			ObjectNode result = readObject(sandbox, answer);
			if (!result.path("restored").booleanValue(false)) {
				throw new SandboxNotResetException(sandbox.id(), result.path("problems").toString());
			}
		}
	}

	@Override
	public void close() {
		this.agent.close();
	}

	/** The bytes as JSON after a check; given back when it fails. */
	private static RawJson checked(HeldBytes bytes, Runnable check) {
		boolean good = false;
		try {
			check.run();
			good = true;
			return RawJson.of(bytes);
		}
		finally {
			if (!good) {
				bytes.close();
			}
		}
	}

	private static ObjectNode only(String group, ObjectNode groups) {
		JsonNode tools = groups.path(group);
		ObjectNode only = JsonNodeFactory.instance.objectNode();
		only.set(group, tools.isMissingNode() ? JsonNodeFactory.instance.objectNode() : tools);
		return only;
	}

	private ObjectNode readObject(Sandbox sandbox, HeldBytes answer) {
		try {
			if (this.json.readTree(answer.stream()) instanceof ObjectNode object) {
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
	private void checkJson(Sandbox sandbox, HeldBytes answer) {
		try (JsonParser parser = this.json.createParser(answer.stream())) {
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
