package io.sandboxmanager.gateway;

import java.net.URI;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Where a browser ends up that sees a sandbox below a path. */
class PrefixRewriterTests {

	private final PrefixRewriter rewriter = new PrefixRewriter("/desktop/box", URI.create("http://10.0.0.1:80"));

	@ParameterizedTest
	@CsvSource({ "/, /desktop/box/", "/vnc/?a=/../b, /desktop/box/vnc/?a=/../b", "http://10.0.0.1:80, /desktop/box",
			"http://10.0.0.1:80/x#y, /desktop/box/x#y", "/a..b/..c, /desktop/box/a..b/..c" })
	void whatLeadsToTheSandboxStaysBelow(String location, String rewritten) {
		assertThat(this.rewriter.location(location)).isEqualTo(rewritten);
	}

	@ParameterizedTest
	@CsvSource({ "/../../health", "/a/../../..", "/%2e%2E/x", "/.%2e", "/\\..\\x", "http://10.0.0.1:80/../../health" })
	void dotsDoNotLeadOut(String location) {
		assertThat(this.rewriter.location(location)).isEqualTo("/desktop/box/");
	}

	@ParameterizedTest
	@CsvSource({ "http://evil.example/x", "//evil.example", "http://10.0.0.1:8080/x",
			"http://10.0.0.1:80@evil.example/", "page.html", "?a=1" })
	void othersAreLeftAlone(String location) {
		assertThat(this.rewriter.location(location)).isEqualTo(location);
	}

	@Test
	void cookiesAreForThisSandboxOnly() {
		assertThat(this.rewriter.cookie("a=1; path=/; DOMAIN=example; HttpOnly"))
			.isEqualTo("a=1; HttpOnly; Path=/desktop/box");
	}

}
