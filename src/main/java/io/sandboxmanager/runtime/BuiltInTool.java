package io.sandboxmanager.runtime;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.sandbox.InvalidToolCallException;

/**
 * The tools that every sandbox has. The description shows only the argument that each
 * needs, as the wire has it; the optional ones are those of our own agent.
 */
enum BuiltInTool {

	RUN_IPYTHON_CELL("run_ipython_cell", "Run an IPython cell.", "code", "IPython code to execute"),

	RUN_SHELL_COMMAND("run_shell_command", "Run a shell command.", "command", "Shell command to execute");

	/** The group in which they are listed. */
	static final String GROUP = "generic";

	private final String toolName;

	private final String description;

	private final String argument;

	private final String argumentDescription;

	BuiltInTool(String toolName, String description, String argument, String argumentDescription) {
		this.toolName = toolName;
		this.description = description;
		this.argument = argument;
		this.argumentDescription = argumentDescription;
	}

	static Optional<BuiltInTool> named(String name) {
		return Arrays.stream(values()).filter((tool) -> tool.toolName.equals(name)).findFirst();
	}

	String toolName() {
		return this.toolName;
	}

	/** Refuses what the tool cannot be called with. */
	void check(ObjectNode arguments) {
		if (!arguments.has(this.argument)) {
			throw new InvalidToolCallException(this.toolName + " needs the argument '" + this.argument + "'");
		}
		for (String name : arguments.propertyNames()) {
			if (!name.equals(this.argument) && !optional().contains(name)) {
				throw new InvalidToolCallException(this.toolName + " does not know the argument '" + name + "', only '"
						+ this.argument + "' and the optional " + optional());
			}
		}
	}

	private List<String> optional() {
		return switch (this) {
			case RUN_IPYTHON_CELL -> List.of("timeout");
			case RUN_SHELL_COMMAND -> List.of("timeout", "env", "cwd");
		};
	}

	/** The tool as a list of tools shows it. */
	ObjectNode describe() {
		ObjectNode tool = JsonNodeFactory.instance.objectNode().put("name", this.toolName);
		ObjectNode schema = tool.putObject("json_schema").put("type", "function");
		ObjectNode function = schema.putObject("function")
			.put("name", this.toolName)
			.put("description", this.description);
		ObjectNode parameters = function.putObject("parameters").put("type", "object");
		parameters.putObject("properties")
			.putObject(this.argument)
			.put("type", "string")
			.put("description", this.argumentDescription);
		parameters.putArray("required").add(this.argument);
		return tool;
	}

}
