package io.sandboxmanager.lifecycle;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import io.sandboxmanager.runtime.SandboxRuntime;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxNotResetException;

/** Sandboxes in which nothing is but what a reset is asked for. */
public final class TestRuntime implements SandboxRuntime {

	/** Which sandboxes were reset, in order. */
	final List<SandboxId> resets = new ArrayList<>();

	/** Whether the next resets leave something behind. */
	boolean dirty;

	/** What happens during the next reset. */
	Runnable meanwhile = () -> {
	};

	@Override
	public void reset(Sandbox sandbox) {
		this.resets.add(sandbox.id());
		this.meanwhile.run();
		if (this.dirty) {
			throw new SandboxNotResetException(sandbox.id(), "[a process is left]");
		}
	}

	@Override
	public void checkHealth(Sandbox sandbox) {
	}

	@Override
	public RawJson listTools(Sandbox sandbox, @Nullable String group) {
		throw new UnsupportedOperationException();
	}

	@Override
	public RawJson callTool(Sandbox sandbox, @Nullable String tool, @Nullable JsonNode arguments) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void addMcpServers(Sandbox sandbox, JsonNode serverConfigs, boolean overwrite) {
		throw new UnsupportedOperationException();
	}

}
