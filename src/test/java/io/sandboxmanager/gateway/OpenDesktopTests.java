package io.sandboxmanager.gateway;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/** Desktops of a server without a token. */
@TestPropertySource(properties = "sandbox-manager.security.bearer-token=")
class OpenDesktopTests extends GatewayTest {

	@Test
	void everybodySeesThem() {
		Wire client = request("GET", "/desktop/" + sandbox().name() + "/vnc/page.html");
		upstream().accept().send("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void pageThatBelongsToNobodyNeedsTheKey() {
		String page = "/desktop/" + sandbox().name() + "/vnc/page.html";
		assertThat(request("GET", page, "Origin: null").head().get(0)).startsWith("HTTP/1.1 401");
		List<String> head = request("GET", page + "?password=" + sandbox().token().secret(), "Accept: text/html")
			.head();
		String keyed = Wire.values(head, "Location").get(0);
		assertThat(keyed).startsWith("/desktop/" + sandbox().name() + "/~");
		Wire client = request("GET", keyed.replace("page.html", "core/rfb.js"), "Origin: null");
		upstream().accept().send("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

}
