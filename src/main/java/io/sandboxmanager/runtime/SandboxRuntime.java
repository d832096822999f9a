package io.sandboxmanager.runtime;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.InvalidToolCallException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxNotConnectedException;
import io.sandboxmanager.sandbox.SandboxNotResetException;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.ServerBusyException;

/**
 * The API <em>inside</em> a sandbox, as the server calls it. Every call blocks, at most
 * for the time limit of the sandbox's kind and a small grace; nothing is tried twice, for
 * what a tool does cannot be undone. Whatever is called needs a placement: without one it
 * throws {@link SandboxUnavailableException}.
 * <p>
 * The calls throw {@link SandboxRefusedException} when the sandbox answers with an error
 * status, {@link SandboxUnreachableException} when it cannot be reached (then
 * {@link SandboxNotConnectedException}, and nothing has happened in it), breaks off or
 * takes too long (a command may go on running then) and
 * {@link InvalidSandboxAnswerException} when its answer is too long or not JSON, and
 * {@link ServerBusyException} when the server has no memory for it. The JSON that is
 * returned holds memory until it is closed. {@link ToolErrors} turns these into results.
 */
public interface SandboxRuntime {

	/**
	 * Asks once, briefly, whether the sandbox answers.
	 * @throws SandboxUnreachableException when it does not, or anything but 200
	 */
	void checkHealth(Sandbox sandbox);

	/** Whether {@link #checkHealth} finds nothing wrong. */
	default boolean isHealthy(Sandbox sandbox) {
		try {
			checkHealth(sandbox);
			return true;
		}
		catch (SandboxUnreachableException ex) {
			return false;
		}
	}

	/**
	 * The tools of all its MCP servers by group, and the built-in ones as the group
	 * {@code generic}.
	 * @param group the only group wanted, empty if there is none of that name;
	 * {@code null} for all
	 */
	RawJson listTools(Sandbox sandbox, @Nullable String group);

	/**
	 * Calls a built-in tool or one of an MCP server; the result is passed on as the
	 * sandbox gave it.
	 * @param arguments an object, or {@code null} for none
	 * @throws InvalidToolCallException without a tool's name, or when a built-in tool
	 * lacks its argument or does not know one; the sandbox is not asked then
	 */
	RawJson callTool(Sandbox sandbox, @Nullable String tool, @Nullable JsonNode arguments);

	/**
	 * Starts MCP servers in the sandbox.
	 * @param serverConfigs an object with the member {@code mcpServers}
	 * @param overwrite whether a server that is there is replaced; otherwise it stays
	 */
	void addMcpServers(Sandbox sandbox, JsonNode serverConfigs, boolean overwrite);

	/**
	 * Returns the sandbox to its first state: its files and processes are gone, and it
	 * has looked whether nothing is left.
	 * @throws SandboxNotResetException when something is left
	 * @throws SandboxRefusedException also when its agent cannot do that at all
	 */
	void reset(Sandbox sandbox);

}
