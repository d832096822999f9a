package io.sandboxmanager.lifecycle;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.sandboxmanager.lifecycle.SandboxAccess.Activity;
import io.sandboxmanager.runtime.SandboxRuntime;
import io.sandboxmanager.runtime.ToolErrors;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxNotConnectedException;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;

/**
 * Calls the tools of sandboxes. Each call is a use. All throw
 * {@link SandboxNotFoundException} for an unknown identity and
 * {@link SandboxUnavailableException} for a sandbox that cannot be called; what fails
 * inside a sandbox is a result. A sandbox that came out of a pool dead is replaced within
 * the call.
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
	 * @throws SandboxUnreachableException when it does not
	 */
	public void checkHealth(String identity) {
		call(this.access.reach(identity), (sandbox) -> {
			this.runtime.checkHealth(sandbox);
			return OK;
		});
	}

	/**
	 * The tools of a sandbox by group.
	 * @param group the only group wanted, or {@code null} for all
	 */
	public RawJson list(String identity, @Nullable String group) {
		return call(this.access.reach(identity), (sandbox) -> this.runtime.listTools(sandbox, group));
	}

	/** Calls a tool and waits for its result. */
	public RawJson call(String identity, @Nullable String tool, @Nullable JsonNode arguments) {
		Sandbox sandbox = this.access.reach(identity);
		return ToolErrors
			.orResult(() -> call(sandbox, during((reached) -> this.runtime.callTool(reached, tool, arguments))));
	}

	/** Starts MCP servers in a sandbox. */
	public RawJson addMcpServers(String identity, JsonNode serverConfigs, boolean overwrite) {
		Sandbox sandbox = this.access.reach(identity);
		return ToolErrors.orResult(() -> call(sandbox, during((reached) -> {
			this.runtime.addMcpServers(reached, serverConfigs, overwrite);
			return OK;
		})));
	}

	/** Calls a sandbox, or its replacement when the call did not reach it. */
	private RawJson call(Sandbox sandbox, Function<Sandbox, RawJson> call) {
		try {
			return answer(sandbox, call);
		}
		catch (SandboxNotConnectedException ex) {
			return answer(this.access.insteadOf(sandbox).orElseThrow(() -> ex), call);
		}
	}

	private RawJson answer(Sandbox sandbox, Function<Sandbox, RawJson> call) {
		RawJson answer = call.apply(sandbox);
		this.access.answered(sandbox);
		return answer;
	}

	private Function<Sandbox, RawJson> during(Function<Sandbox, RawJson> call) {
		return (sandbox) -> {
			try (Activity activity = this.access.begin(sandbox)) {
				return call.apply(sandbox);
			}
		};
	}

}
