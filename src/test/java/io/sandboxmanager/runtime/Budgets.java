package io.sandboxmanager.runtime;

import java.time.Duration;

import io.sandboxmanager.sandbox.ByteBudget;

/** Budgets for tests that are not about them. */
final class Budgets {

	private Budgets() {
	}

	static ByteBudget plenty() {
		return new ByteBudget("large answers", 64 << 20, 32 << 20, Duration.ofSeconds(5));
	}

}
