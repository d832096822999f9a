package io.sandboxmanager.security;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.springframework.mock.web.MockHttpServletRequest;

import io.sandboxmanager.security.BearerToken.Verdict;

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
	void tokenMayBeThePasswordOfBasicCredentialsWhereThatIsAllowed() {
		BearerToken token = BearerToken.of("to:ken");
		assertThat(token.judgeAlsoAsPassword(basic("any:to:ken"))).isEqualTo(Verdict.RIGHT);
		assertThat(token.judgeAlsoAsPassword(basic(":to:ken"))).isEqualTo(Verdict.RIGHT);
		assertThat(token.judgeAlsoAsPassword(basic("to:ken"))).isEqualTo(Verdict.WRONG);
		assertThat(token.judgeAlsoAsPassword(request("Basic ?"))).isEqualTo(Verdict.MISSING);
		assertThat(token.judgeAlsoAsPassword(request("Bearer to:ken"))).isEqualTo(Verdict.RIGHT);
		assertThat(token.judge(basic("any:to:ken"))).isEqualTo(Verdict.MISSING);
	}

	private static MockHttpServletRequest basic(String pair) {
		return request("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
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
