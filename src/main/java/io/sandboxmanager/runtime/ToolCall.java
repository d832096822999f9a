package io.sandboxmanager.runtime;

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.sandbox.InvalidToolCallException;

/**
 * A tool call as the sandbox wants it: each built-in tool has a path of its own, the
 * tools of MCP servers share one.
 */
record ToolCall(String path, ObjectNode body) {

	static ToolCall of(@Nullable String tool, @Nullable JsonNode arguments) {
		if (tool == null || tool.isEmpty()) {
			throw new InvalidToolCallException("tool_name is required");
		}
		ObjectNode given = object(tool, arguments);
		Optional<BuiltInTool> builtIn = BuiltInTool.named(tool);
		if (builtIn.isPresent()) {
			builtIn.get().check(given);
			return new ToolCall("/tools/" + tool, given);
		}
		ObjectNode body = JsonNodeFactory.instance.objectNode().put("tool_name", tool);
		body.set("arguments", given);
		return new ToolCall("/mcp/call_tool", body);
	}

	private static ObjectNode object(String tool, @Nullable JsonNode arguments) {
		if (arguments == null || arguments.isNull()) {
			return JsonNodeFactory.instance.objectNode();
		}
		if (arguments instanceof ObjectNode object) {
			return object;
		}
		throw new InvalidToolCallException("the arguments of " + tool + " must be an object");
	}

}
