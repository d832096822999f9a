package io.sandboxmanager.sandbox;

import java.util.List;
import java.util.OptionalInt;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Which ports of a sandbox are open. */
class ExposureTests {

	private static final List<Exposure.Range> RANGES = List.of(new Exposure.Range(80, 80),
			new Exposure.Range(3000, 9999));

	@Test
	void onlyWhatIsListedIsOpen() {
		Exposure exposure = new Exposure(RANGES, OptionalInt.empty(), false);
		assertThat(List.of(80, 3000, 9222, 9999)).allMatch(exposure::opens);
		assertThat(List.of(0, 79, 81, 2999, 10000)).noneMatch(exposure::opens);
		assertThat(Exposure.NOTHING.opens(80)).isFalse();
	}

	@Test
	void thatOfTheBrowserIsNot() {
		assertThat(new Exposure(RANGES, OptionalInt.of(9222), false).opens(9222)).isFalse();
	}

}
