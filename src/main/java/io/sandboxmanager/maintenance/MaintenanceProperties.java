package io.sandboxmanager.maintenance;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How often the server looks after its sandboxes.
 *
 * @param scanInterval pause between two looks at what is due, zero for never
 * @param reconcileInterval pause between two comparisons of records and containers
 * @param verifyInterval pause between two looks at the health of the warm sandboxes
 */
@ConfigurationProperties("sandbox-manager.maintenance")
public record MaintenanceProperties(@DefaultValue("1s") Duration scanInterval,
		@DefaultValue("30s") Duration reconcileInterval, @DefaultValue("10s") Duration verifyInterval) {
}
