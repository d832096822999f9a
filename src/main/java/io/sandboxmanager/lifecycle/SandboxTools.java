package io.sandboxmanager.lifecycle;

import io.sandboxmanager.lifecycle.SandboxAccess.Activity;
import io.sandboxmanager.runtime.SandboxRuntime;
import io.sandboxmanager.runtime.ToolErrors;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Calls the tools of sandboxes. Each call is a use. All throw
 * {@link SandboxNotFoundException} for an unknown identity and
 * {@link SandboxUnavailableException} for a sandbox that cannot be called; what fails
 * inside a sandbox is a result.
 */
public final class SandboxTools {

	private static final RawJson OK = RawJson.of("\"OK\"");

	private final SandboxAccess access;

	private final SandboxRuntime runtime;

	public SandboxTools(SandboxAccess access, SandboxRuntime runtime) {
		this.access = access;
		this.runtime = runtime;
	}

	/**
	 * Asks whether the sandbox answers.
	 * @throws SandboxUnavailableException when it does not
	 */
	public void checkHealth(String identity) {
		Sandbox sandbox = this.access.reach(identity);
		if (!this.runtime.isHealthy(sandbox)) {
			throw new SandboxUnavailableException(sandbox.id(), "its agent does not answer");
		}
	}

	/**
	 * The tools of a sandbox by group.
	 * @param group the only group wanted, or {@code null} for all
	 */
	public RawJson list(String identity, @Nullable String group) {
		return this.runtime.listTools(this.access.reach(identity), group);
	}

	/** Calls a tool and waits for its result. */
	public RawJson call(String identity, @Nullable String tool, @Nullable JsonNode arguments) {
		Sandbox sandbox = this.access.reach(identity);
		try (Activity activity = this.access.begin(sandbox)) {
			return ToolErrors.orResult(() -> this.runtime.callTool(sandbox, tool, arguments));
		}
	}

	/** Starts MCP servers in a sandbox. */
	public RawJson addMcpServers(String identity, JsonNode serverConfigs, boolean overwrite) {
		Sandbox sandbox = this.access.reach(identity);
		try (Activity activity = this.access.begin(sandbox)) {
			return ToolErrors.orResult(() -> {
				this.runtime.addMcpServers(sandbox, serverConfigs, overwrite);
				return OK;
			});
		}
	}

}
