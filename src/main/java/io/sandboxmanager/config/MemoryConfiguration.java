package io.sandboxmanager.config;

import java.time.Duration;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.sandbox.ByteBudget;

/**
 * How much of the heap what passes through the server may take. A call holds its body
 * while it waits for its answer, so these are two budgets: nobody who holds of the second
 * waits for the first.
 */
@Configuration(proxyBeanMethods = false)
class MemoryConfiguration {

	private static final int SHARE_OF_ANSWERS = 6;

	/** Larger, for a body is counted with the objects that are made of it. */
	private static final int SHARE_OF_BODIES = 4;

	private static final int SHARE_OF_ONE_ANSWER = 8;

	private static final Duration PATIENCE = Duration.ofSeconds(5);

	@Bean
	ByteBudget answerBudget() {
		long heap = Runtime.getRuntime().maxMemory();
		return new ByteBudget("large answers", heap / SHARE_OF_ANSWERS, heap / SHARE_OF_ONE_ANSWER, PATIENCE);
	}

	@Bean
	ByteBudget bodyBudget() {
		long all = Runtime.getRuntime().maxMemory() / SHARE_OF_BODIES;
		return new ByteBudget("large requests", all, all, PATIENCE);
	}

}
