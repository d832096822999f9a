package io.sandboxmanager.agentscope;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.RawJson;

/**
 * The answer to a call: what stands under {@code data}.
 *
 * @param data the result
 * @param error why there is none, for the {@code X-Sandbox-Error} header
 * @param onLost undoes the call when the caller is gone before it could be told
 */
record RpcReply(RawJson data, @Nullable String error, Runnable onLost) {

	private static final RawJson NULL = RawJson.of("null");

	static RpcReply of(@Nullable Object result) {
		return of(RawJson.of(AgentScopeJson.MAPPER.writeValueAsBytes(result)));
	}

	static RpcReply of(RawJson result) {
		return new RpcReply(result, null, () -> {
		});
	}

	/** A creation that failed: clients of this wire tell it by the null alone. */
	static RpcReply failedCreation(String why) {
		return new RpcReply(NULL, why, () -> {
		});
	}

	RpcReply ifLost(Runnable undo) {
		return new RpcReply(this.data, this.error, undo);
	}

}
