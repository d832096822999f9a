package io.sandboxmanager.provisioning;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How sandboxes are made.
 *
 * @param containerPrefix what container names begin with
 * @param readinessTimeout how long the agent of a new sandbox may take to answer
 */
@ConfigurationProperties("sandbox-manager.provisioning")
public record ProvisioningProperties(@DefaultValue("agent-runtime-container-") String containerPrefix,
		@DefaultValue("60s") Duration readinessTimeout) {
}
