package io.sandboxmanager.gateway;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;

import io.sandboxmanager.config.GuardedServer;
import io.sandboxmanager.sandbox.Sandbox;

import static org.assertj.core.api.Assertions.assertThat;

/** Hosts of sandboxes on a server without a token, for whoever sits before it. */
@SpringBootTest(classes = GuardedServer.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@TestPropertySource(properties = { "server.address=127.0.0.1", "sandbox-manager.security.bearer-token=",
		"sandbox-manager.public.sandbox-domain=localhost" })
class OpenOwnHostTests extends GatewayTest {

	private String host;

	@BeforeEach
	void addBrowser() {
		Sandbox browser = sandboxes().add(upstream().url(), "browser");
		this.host = browser.id() + "-8080.localhost:80";
	}

	@Test
	void programsAndItsOwnPagesNeedNoTicket() {
		ask("/a");
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /ports/8080/a HTTP/1.1");
		ask("/b", "Origin: http://" + this.host, "Sec-Fetch-Site: same-origin");
		assertThat(upstream().accept().head().get(0)).isEqualTo("GET /ports/8080/b HTTP/1.1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Origin: https://evil.example", "Origin: http://localhost:80", "Origin: null",
			"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site" })
	void pagesOfOthersReachNothing(String caused) {
		assertThat(ask("/a", caused).head().get(0)).contains("401");
		assertThat(ask("/a", caused, UPGRADE).head().get(0)).contains("401");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void pageOfASandboxDoesNotReachTheServer() {
		assertThat(request("GET", "/api/v1/pools", "Origin: http://" + this.host).head().get(0)).contains("403");
	}

	private Wire ask(String path, String... headers) {
		return client().send("GET " + path + " HTTP/1.1\nHost: " + this.host + "\n" + String.join("\n", headers)
				+ ((headers.length > 0) ? "\n\n" : "\n"));
	}

}
