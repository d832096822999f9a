package io.sandboxmanager.maintenance;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

class MaintenancePropertiesTests {

	@Test
	void whatIsDueIsLookedAtAsOftenAsSessions() {
		MaintenanceProperties properties = properties(Duration.ofMillis(250));
		assertThat(properties.isWatching()).isTrue();
		assertThat(properties.reapInterval()).isEqualTo(Duration.ofMillis(250));
	}

	@Test
	void whatIsDueIsLookedAtEvenWhereNothingIsWatched() {
		MaintenanceProperties properties = properties(Duration.ZERO);
		assertThat(properties.isWatching()).isFalse();
		assertThat(properties.reapInterval()).isEqualTo(Duration.ofSeconds(1));
	}

	@Test
	void whatIsDueIsLookedAtEverySecondHoweverSeldomSessionsAre() {
		assertThat(properties(Duration.ofHours(1)).reapInterval()).isEqualTo(Duration.ofSeconds(1));
	}

	private static MaintenanceProperties properties(Duration scanInterval) {
		return new MaintenanceProperties(scanInterval, Duration.ofSeconds(30), Duration.ofSeconds(10),
				DataSize.ofMegabytes(512));
	}

}
