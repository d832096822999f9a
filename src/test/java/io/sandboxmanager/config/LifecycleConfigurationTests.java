package io.sandboxmanager.config;

import java.time.Duration;

import io.sandboxmanager.lifecycle.LifecycleProperties;
import io.sandboxmanager.maintenance.MaintenanceProperties;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

class LifecycleConfigurationTests {

	private final LifecycleProperties given = new LifecycleProperties(5, Duration.ofMinutes(5), Duration.ofHours(24),
			Duration.ofHours(1), Duration.ofDays(7), true);

	@Test
	void sessionsEndForBeingUnusedWhereTheyAreWatched() {
		assertThat(LifecycleConfiguration.effective(this.given, watching(Duration.ofSeconds(1)))).isEqualTo(this.given);
	}

	@Test
	void sessionsEndOnlyWithTheirLifetimeWhereTheyAreNotWatched() {
		assertThat(LifecycleConfiguration.effective(this.given, watching(Duration.ZERO)))
			.isEqualTo(new LifecycleProperties(5, Duration.ZERO, Duration.ofHours(24), Duration.ofHours(1),
					Duration.ofDays(7), true));
	}

	private static MaintenanceProperties watching(Duration interval) {
		return new MaintenanceProperties(interval, Duration.ofSeconds(30), Duration.ofSeconds(10),
				DataSize.ofMegabytes(512));
	}

}
