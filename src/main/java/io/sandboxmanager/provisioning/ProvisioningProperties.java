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

	private static final Duration ENGINE_TIME = Duration.ofMinutes(2);

	/**
	 * How long a record in the making is believed without a word of the server that makes
	 * it.
	 */
	static final Duration MAKER_SILENCE = Duration.ofSeconds(10);

	/** How long a whole attempt may take, pulls not counted. */
	Duration deadline() {
		return this.readinessTimeout.plus(ENGINE_TIME);
	}

}
