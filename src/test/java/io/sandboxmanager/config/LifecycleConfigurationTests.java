package io.sandboxmanager.config;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

import io.sandboxmanager.lifecycle.IdleTimes;
import io.sandboxmanager.lifecycle.LifecycleProperties;
import io.sandboxmanager.maintenance.MaintenanceProperties;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;

import static org.assertj.core.api.Assertions.assertThat;

class LifecycleConfigurationTests {

	@Test
	void sessionsEndForBeingUnusedWhereTheyAreWatched() {
		assertThat(idleTimes(Duration.ofSeconds(1)).shortest()).isEqualTo(Duration.ofMinutes(5));
	}

	@Test
	void sessionsEndOnlyWithTheirLifetimeWhereTheyAreNotWatched() {
		assertThat(idleTimes(Duration.ZERO).shortest()).isEqualTo(Duration.ZERO);
	}

	private static IdleTimes idleTimes(Duration watching) {
		LifecycleProperties given = new LifecycleProperties(5, Duration.ofMinutes(5), Duration.ofHours(24),
				Duration.ofHours(1), Duration.ofDays(7), true);
		MaintenanceProperties maintenance = new MaintenanceProperties(watching, Duration.ofSeconds(30),
				Duration.ofSeconds(10), DataSize.ofMegabytes(512));
		TemplateCatalogue catalogue = TemplateCatalogue
			.load(new TemplateProperties(List.of("base"), "", "agentscope", "latest", Duration.ofSeconds(60), null), 0);
		return new LifecycleConfiguration().idleTimes(given, maintenance, catalogue);
	}

}
