package io.sandboxmanager.config;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class NearestNameTests {

	@ParameterizedTest
	@CsvSource({ "POOL_SIZ, POOL_SIZE", "PLOO_SIZE, POOL_SIZE", "POOLSIZE, POOL_SIZE", "pool_size, POOL_SIZE",
			"BEARER_TOEKN, BEARER_TOKEN", "PROT, PORT", "RELEASED_KET_TTL, RELEASED_KEY_TTL",
			"REDIS_PASWORT, REDIS_PASSWORD" })
	void findsWhatWasMeant(String written, String meant) {
		assertThat(NearestName.of(written)).contains(meant);
	}

	@ParameterizedTest
	@ValueSource(strings = { "PATH", "HOME", "USER", "TOKEN", "DATABASE_URL", "OPENAI_API_KEY", "POOL", "X" })
	void leavesOthersAlone(String written) {
		assertThat(NearestName.of(written)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "'', '', 0", "abc, abc, 0", "abc, '', 3", "abc, abd, 1", "abc, acb, 1", "abc, ab, 1", "ab, abc, 1",
			"kitten, sitting, 3" })
	void countsSlips(String a, String b, int slips) {
		assertThat(NearestName.distance(a, b)).isEqualTo(slips);
	}

}
