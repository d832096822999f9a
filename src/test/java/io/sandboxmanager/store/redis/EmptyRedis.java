package io.sandboxmanager.store.redis;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Redis that all tests of a class and of those nested in it use, and that each of them
 * finds empty.
 */
final class EmptyRedis implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {

	private @Nullable RedisServer server;

	private int depth;

	/** How to reach it. */
	TestRedis address() {
		return TestRedis.at(server());
	}

	RedisServer server() {
		if (this.server == null) {
			throw new IllegalStateException("Redis lives only while there are tests");
		}
		return this.server;
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		if (this.depth++ == 0) {
			this.server = RedisServer.start();
		}
	}

	@Override
	public void beforeEach(ExtensionContext context) {
		server().cli("flushall");
	}

	@Override
	public void afterAll(ExtensionContext context) {
		if (--this.depth == 0) {
			server().close();
		}
	}

}
