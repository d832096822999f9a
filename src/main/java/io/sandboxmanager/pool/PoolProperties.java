package io.sandboxmanager.pool;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How warm pools are filled, and what callers get who find one empty.
 *
 * @param size members of each pool whose type says nothing of it
 * @param fillConcurrency how many members are made at the same time, zero for twice the
 * processor cores
 * @param onMiss what to do when there is no member
 * @param waitTimeout how long a caller waits for a member at most
 * @param maxWaiting how many callers may wait for the members of one type at the same
 * time
 */
@ConfigurationProperties("sandbox-manager.pool")
public record PoolProperties(@DefaultValue("1") int size, @DefaultValue("0") int fillConcurrency,
		@DefaultValue("create") OnMiss onMiss, @DefaultValue("30s") Duration waitTimeout,
		@DefaultValue("100") int maxWaiting) {

	/** How many members of one pool are made at the same time. */
	public int concurrency() {
		return (this.fillConcurrency > 0) ? this.fillConcurrency : 2 * Runtime.getRuntime().availableProcessors();
	}
}
