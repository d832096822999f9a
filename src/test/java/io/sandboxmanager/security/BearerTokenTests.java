package io.sandboxmanager.security;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.sandboxmanager.security.BearerToken.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.springframework.mock.web.MockHttpServletRequest;

import static org.assertj.core.api.Assertions.assertThat;

/** What a token is compared with, and what is told of it. */
class BearerTokenTests {

	@ParameterizedTest
	@NullAndEmptySource
	void serverWithoutATokenTakesAnything(String configured) {
		BearerToken none = BearerToken.of(configured);
		assertThat(none.isRequired()).isFalse();
		assertThat(none.judge(new MockHttpServletRequest())).isEqualTo(Verdict.RIGHT);
		assertThat(none.judge(request("Bearer x"))).isEqualTo(Verdict.RIGHT);
	}

	@Test
	void tokenOfSpacesIsATokenThatNobodyCanSend() {
		BearerToken spaces = BearerToken.of("  ");
		assertThat(spaces.isRequired()).isTrue();
		assertThat(spaces.judge(request("Bearer   "))).isEqualTo(Verdict.MISSING);
	}

	@Test
	void tokenBeyondAsciiIsComparedAsItsBytes() {
		String asSent = new String("schlüssel".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
		assertThat(BearerToken.of("schlüssel").judge(request("Bearer " + asSent))).isEqualTo(Verdict.RIGHT);
		assertThat(BearerToken.of("schlüssel").judge(request("Bearer schl?ssel"))).isEqualTo(Verdict.WRONG);
	}

	@Test
	void textFormDoesNotTellTheToken() {
		assertThat(BearerToken.of("hush").toString()).doesNotContain("hush");
		assertThat(new SecurityProperties("hush", false, true, Duration.ofHours(1)).toString()).doesNotContain("hush");
	}

	private static MockHttpServletRequest request(String authorization) {
		MockHttpServletRequest request = new MockHttpServletRequest();
		request.addHeader("Authorization", authorization);
		return request;
	}

}
