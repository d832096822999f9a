package io.sandboxmanager.store.redis;

import java.time.Duration;

import io.sandboxmanager.store.AbstractSandboxStoreTests;

/** The contract of all stores where Redis's own clock counts. */
abstract class AbstractRedisStoreTests extends AbstractSandboxStoreTests {

	/** No longer than needed on a machine that now and then pauses for half a second. */
	@Override
	protected Duration ttl() {
		return Duration.ofMillis(1200);
	}

	@Override
	protected void pass(Duration time) {
		super.pass(time);
		try {
			Thread.sleep(time.toMillis() + 30); // the clocks differ a little
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
