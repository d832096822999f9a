package io.sandboxmanager.runtime;

import java.util.function.Supplier;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.InvalidToolCallException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.sandbox.ServerBusyException;

/**
 * The one place that turns a failed call of a sandbox into a result. An agent that uses a
 * tool learns from a result what went wrong and tries something else; an error status
 * would only tell its framework.
 */
public final class ToolErrors {

	private ToolErrors() {
	}

	/**
	 * The result of the call, or the failure of a call of {@link SandboxRuntime} as an
	 * error result. Other failures (an unknown sandbox, one that is stopped) are thrown.
	 */
	public static RawJson orResult(Supplier<RawJson> call) {
		try {
			return call.get();
		}
		catch (SandboxRefusedException | SandboxUnreachableException | InvalidSandboxAnswerException
				| InvalidToolCallException | ServerBusyException ex) {
			return result(ex);
		}
	}

	/** {@code {"isError":true,"content":[{"type":"text","text":"..."}]}}. */
	public static RawJson result(SandboxException failure) {
		ObjectNode result = JsonNodeFactory.instance.objectNode().put("isError", true);
		result.putArray("content").addObject().put("type", "text").put("text", String.valueOf(failure.getMessage()));
		return RawJson.of(result.toString());
	}

}
