package io.sandboxmanager.gateway;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

import io.sandboxmanager.config.GatewayServer;
import io.sandboxmanager.sandbox.Sandbox;

/** A running gateway with one sandbox, both of whose ends a test plays by hand. */
@SpringBootTest(classes = GatewayServer.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { "sandbox-manager.security.bearer-token=secret", "sandbox-manager.gateway.idle-timeout=3s",
				"sandbox-manager.gateway.first-byte-timeout=3s", "sandbox-manager.gateway.connections-per-sandbox=4",
				"sandbox-manager.gateway.queue-timeout=500ms", "sandbox-manager.gateway.client-check-interval=100ms",
				"sandbox-manager.gateway.tunnels=300" })
public abstract class GatewayTest {

	/** The headers of the opening of a WebSocket. */
	protected static final String UPGRADE = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Key: key\n"
			+ "Sec-WebSocket-Version: 13";

	@LocalServerPort
	private int port;

	@Autowired
	private FakeSandboxes sandboxes;

	private final List<Wire> clients = new ArrayList<>();

	private Upstream upstream;

	private Sandbox sandbox;

	@BeforeEach
	void addSandbox() {
		this.upstream = new Upstream();
		this.sandbox = this.sandboxes.add(this.upstream.url());
	}

	@AfterEach
	void hangUp() {
		this.clients.forEach(Wire::close);
		this.upstream.close();
	}

	protected FakeSandboxes sandboxes() {
		return this.sandboxes;
	}

	protected Sandbox sandbox() {
		return this.sandbox;
	}

	protected Upstream upstream() {
		return this.upstream;
	}

	protected int port() {
		return this.port;
	}

	protected Wire client() {
		Wire client = Wire.connect(this.port);
		this.clients.add(client);
		return client;
	}

	/** A client that has sent a request to the sandbox's API without a body. */
	protected Wire proxy(String method, String rest, String... headers) {
		return request(method, "/proxy/" + this.sandbox.name() + rest, headers);
	}

	/** A client that has sent the head of a request. */
	protected Wire request(String method, String path, String... headers) {
		StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\nHost: manager:80\n");
		for (String header : headers) {
			head.append(header).append('\n');
		}
		return client().send(head.append('\n').toString());
	}

}
