package io.sandboxmanager.lifecycle;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long sandboxes and their records live.
 *
 * @param maxInstances how many sandboxes there may be, the warm ones included, zero for
 * any number
 * @param heartbeatTimeout how long a session may leave its sandboxes unused, zero for any
 * time
 * @param maxLifetime how long a sandbox may be handed out, zero for any time
 * @param releasedTtl how long the record of a released, replaced or failed sandbox is
 * kept
 * @param recycledTtl how long a recycled sandbox can be restored
 * @param autoCleanup whether all sandboxes are removed when the server stops
 */
@ConfigurationProperties("sandbox-manager.lifecycle")
public record LifecycleProperties(@DefaultValue("0") int maxInstances, @DefaultValue("300s") Duration heartbeatTimeout,
		@DefaultValue("24h") Duration maxLifetime, @DefaultValue("1h") Duration releasedTtl,
		@DefaultValue("7d") Duration recycledTtl, @DefaultValue("true") boolean autoCleanup) {
}
