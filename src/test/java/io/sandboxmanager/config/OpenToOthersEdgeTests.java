package io.sandboxmanager.config;

import java.io.IOException;

import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/** A server that was meant to be used by others without a token. */
@SpringBootTest(classes = EdgeApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "server.address=0.0.0.0", "sandbox-manager.security.allow-unauthenticated=true" })
class OpenToOthersEdgeTests {

	private final RawHttp server;

	OpenToOthersEdgeTests(@LocalServerPort int port) {
		this.server = new RawHttp(port);
	}

	@Test
	void anyNameIsAnswered() throws IOException {
		assertThat(this.server.send("POST", "/create", "Host: sandboxes.example").status()).isEqualTo(200);
	}

	@Test
	void pageOfAnotherOriginIsStillRefused() throws IOException {
		assertThat(
				this.server.send("POST", "/create", "Host: sandboxes.example", "Origin: http://evil.example").status())
			.isEqualTo(403);
		assertThat(this.server.send("POST", "/create", "Host: sandboxes.example", "Origin: http://sandboxes.example")
			.status()).isEqualTo(200);
	}

}
