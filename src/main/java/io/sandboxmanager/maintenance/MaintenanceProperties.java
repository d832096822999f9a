package io.sandboxmanager.maintenance;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How often the server looks after its sandboxes.
 *
 * @param scanInterval longest pause between two looks at idle sessions; zero leaves them
 * alone
 * @param reconcileInterval pause between two comparisons of records and containers
 * @param verifyInterval pause between two looks at the health of the warm sandboxes
 * @param minFreeDisk what is to stay free where sandboxes write; zero for no guard
 */
@ConfigurationProperties("sandbox-manager.maintenance")
public record MaintenanceProperties(@DefaultValue("1s") Duration scanInterval,
		@DefaultValue("15s") Duration reconcileInterval, @DefaultValue("10s") Duration verifyInterval,
		@DefaultValue("512MB") DataSize minFreeDisk) {

	private static final Duration SAFETY_INTERVAL = Duration.ofSeconds(1);

	/** Whether sessions are watched for being idle. */
	public boolean isWatching() {
		return !this.scanInterval.isZero();
	}

	/**
	 * Pause between two looks at what is due: lifetimes end, removals are tried again and
	 * records are forgotten however seldom sessions are to be watched.
	 */
	public Duration reapInterval() {
		return (isWatching() && this.scanInterval.compareTo(SAFETY_INTERVAL) < 0) ? this.scanInterval : SAFETY_INTERVAL;
	}

}
