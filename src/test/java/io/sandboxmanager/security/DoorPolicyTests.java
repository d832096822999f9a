package io.sandboxmanager.security;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Who needs no ticket. */
class DoorPolicyTests {

	@Test
	void callersOfAServerWithATokenAreAdmittedAndNobodyElse() {
		DoorPolicy policy = policy("secret", true);
		for (Purpose purpose : Purpose.values()) {
			assertThat(policy.admitsCaller("Bearer secret", true, purpose)).isTrue();
			assertThat(policy.admitsCaller("Bearer wrong", false, purpose)).isFalse();
			assertThat(policy.admitsCaller(null, false, purpose)).isFalse();
		}
	}

	@Test
	void desktopsAreOpenToEverybodyWhenTheServerSaysSoAndNothingElseIs() {
		DoorPolicy policy = policy("secret", false);
		assertThat(policy.admitsCaller(null, true, Purpose.VNC)).isTrue();
		assertThat(policy.admitsCaller(null, false, Purpose.CDP)).isFalse();
		assertThat(policy.admitsCaller(null, false, Purpose.PORTS)).isFalse();
	}

	@Test
	void serverWithoutATokenAdmitsEverybodyButOtherPages() {
		for (String token : new String[] { null, "" }) {
			for (Purpose purpose : Purpose.values()) {
				assertThat(policy(token, true).admitsCaller(null, false, purpose)).isTrue();
				assertThat(policy(token, true).admitsCaller(null, true, purpose)).isFalse();
			}
		}
	}

	private static DoorPolicy policy(@Nullable String token, boolean guarded) {
		return new DoorPolicy(BearerToken.of(token),
				new SecurityProperties(token, false, guarded, Duration.ofHours(1)));
	}

}
