package io.sandboxmanager.pool;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How warm pools are filled.
 *
 * @param size members of each pool whose type says nothing of it
 * @param fillConcurrency how many members are made at the same time, zero for twice the
 * processor cores
 */
@ConfigurationProperties("sandbox-manager.pool")
public record PoolProperties(@DefaultValue("1") int size, @DefaultValue("0") int fillConcurrency) {
}
