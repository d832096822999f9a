package io.sandboxmanager.agentscope;

import java.util.Map;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The arguments of the calls. A component that may be null is optional; the others must
 * be there. An identity may be any JSON: what is not a string is unknown, not wrong.
 */
sealed interface RpcArguments {

	/**
	 * What is kept with the sandbox for as long as its record is, and so must be small.
	 */
	sealed interface Kept extends RpcArguments {

	}

	record None() implements RpcArguments {
	}

	record CreateFromPool(@Nullable String sandboxType, @Nullable Map<String, Object> meta) implements Kept {
	}

	record Create(@Nullable String sandboxType, @Nullable String mountDir, @Nullable String storagePath,
			@Nullable Map<String, JsonNode> environment, @Nullable Map<String, Object> meta) implements Kept {
	}

	record OfSandbox(JsonNode identity) implements RpcArguments {
	}

	record GetInfo(JsonNode identity, @Nullable Integer _redirectDepth) implements RpcArguments {
	}

	@JsonIgnoreProperties(ignoreUnknown = true)
	record ListTools(JsonNode identity, @Nullable String toolType) implements RpcArguments {
	}

	record CallTool(JsonNode identity, @Nullable String toolName,
			@Nullable JsonNode arguments) implements RpcArguments {
	}

	record AddMcpServers(JsonNode identity, JsonNode serverConfigs,
			@Nullable Boolean overwrite) implements RpcArguments {
	}

	record OfSession(String sessionCtxId) implements RpcArguments {
	}

	/** The text that an identity is looked up by. */
	static String text(JsonNode identity) {
		return identity.isString() && !identity.stringValue().isEmpty() ? identity.stringValue() : "None";
	}

}
