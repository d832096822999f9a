package io.sandboxmanager.lifecycle;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class IdleTimesTests {

	private static final Duration USUAL = Duration.ofMinutes(5);

	private static final Duration OWN = Duration.ofMinutes(10);

	@Test
	void aTypeMayHaveItsOwn() {
		IdleTimes times = new IdleTimes(USUAL, Map.of("aio", OWN));
		assertThat(times.of("aio")).isEqualTo(OWN);
		assertThat(times.of("base")).isEqualTo(USUAL);
	}

	@Test
	void theShortestIsOfAllThatEnd() {
		assertThat(new IdleTimes(USUAL, Map.of("aio", OWN)).shortest()).isEqualTo(USUAL);
		assertThat(new IdleTimes(Duration.ZERO, Map.of("aio", OWN)).shortest()).isEqualTo(OWN);
		assertThat(new IdleTimes(Duration.ZERO, Map.of()).shortest()).isEqualTo(Duration.ZERO);
	}

}
