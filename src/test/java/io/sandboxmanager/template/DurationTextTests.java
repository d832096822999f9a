package io.sandboxmanager.template;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class DurationTextTests {

	@ParameterizedTest
	@CsvSource({ "0, PT0S", "60, PT1M", "0.5, PT0.5S", "500ms, PT0.5S", "10s, PT10S", "1.5m, PT1M30S", "24h, PT24H",
			"7d, PT168H", "0.000000001, PT0.000000001S" })
	void readsSecondsAndUnits(String text, Duration expected) {
		assertThat(DurationText.parse(text)).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "-1", "+1", "1.", ".5", "1,5", "10 s", "10S", "5min", "PT5S", "1e3", "NaN",
			"1h30m", "٣" })
	void refusesEverythingElse(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> DurationText.parse(text))
			.withMessage("expected " + DurationText.EXPECTED);
	}

	@Test
	void refusesWhatNoClockCanAdd() {
		assertThat(DurationText.parse("36500d")).isEqualTo(Duration.ofDays(36500));
		assertThatIllegalArgumentException().isThrownBy(() -> DurationText.parse("36501d"))
			.withMessage("expected at most 36500d");
	}

}
