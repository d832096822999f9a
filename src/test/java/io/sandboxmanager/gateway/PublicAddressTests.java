package io.sandboxmanager.gateway;

import java.net.URI;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.mock.web.MockHttpServletRequest;

import static org.assertj.core.api.Assertions.assertThat;

/** Under which address callers see the server. */
class PublicAddressTests {

	private final MockHttpServletRequest request = new MockHttpServletRequest();

	PublicAddressTests() {
		this.request.setRemoteAddr("10.1.2.3");
		this.request.addHeader("Host", "manager:8000");
	}

	@Test
	void isTheOneThatWasCalled() {
		assertThat(address(null).of(this.request)).isEqualTo("http://manager:8000");
		this.request.setScheme("https");
		assertThat(address(null).webSocketsOf(this.request)).isEqualTo("wss://manager:8000");
	}

	@Test
	void isTheOneThatIsSetWhateverARequestSays() {
		forwarded();
		PublicAddress address = address("https://sandboxes.example/base/", "10.0.0.0/8");
		assertThat(address.of(this.request)).isEqualTo("https://sandboxes.example/base");
		assertThat(address.webSocketsOf(this.request)).isEqualTo("wss://sandboxes.example/base");
	}

	@ParameterizedTest
	@ValueSource(strings = { "10.0.0.0/8", "10.1.2.3" })
	void isTheOneThatATrustedProxyNames(String proxy) {
		forwarded();
		assertThat(address(null, "::1", proxy).of(this.request)).isEqualTo("https://outside.example:8443/base");
	}

	@Test
	void isNotWhatAnybodyNames() {
		forwarded();
		assertThat(address(null).of(this.request)).isEqualTo("http://manager:8000");
		assertThat(address(null, "10.1.2.4", "192.168.0.0/16").of(this.request)).isEqualTo("http://manager:8000");
	}

	@Test
	void whatMakesNoSenseIsNotTaken() {
		this.request.addHeader("X-Forwarded-Proto", "javascript");
		this.request.addHeader("X-Forwarded-Host", "evil/?x@host");
		this.request.addHeader("X-Forwarded-Prefix", "//evil");
		assertThat(address(null, "10.1.2.3").of(this.request)).isEqualTo("http://manager:8000");
	}

	private void forwarded() {
		this.request.addHeader("X-Forwarded-Proto", "https, http");
		this.request.addHeader("X-Forwarded-Host", "outside.example:8443, inner");
		this.request.addHeader("X-Forwarded-Prefix", "/base");
	}

	private static PublicAddress address(@Nullable String url, String... proxies) {
		return new PublicAddress(new PublicProperties((url != null) ? URI.create(url) : null, List.of(proxies), null));
	}

}
