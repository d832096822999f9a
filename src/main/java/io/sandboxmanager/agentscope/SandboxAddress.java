package io.sandboxmanager.agentscope;

import java.net.InetAddress;
import java.net.URI;

import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.Sandbox;

/**
 * Under what address callers reach a sandbox: its own, or this server's relay when it has
 * none.
 */
@Component
class SandboxAddress {

	private final Environment environment;

	SandboxAddress(Environment environment) {
		this.environment = environment;
	}

	URI of(Sandbox sandbox) {
		Endpoint endpoint = sandbox.requirePlacement().endpoint();
		return endpoint.socket().isEmpty() ? endpoint.url()
				: URI.create("http://" + host() + ":" + port() + RelayServlet.ROUTE + sandbox.id());
	}

	/** Read late: the port is known when the server listens. */
	private int port() {
		return this.environment.getRequiredProperty("local.server.port", Integer.class);
	}

	private String host() {
		InetAddress address = this.environment.getProperty("server.address", InetAddress.class);
		return (address == null || address.isAnyLocalAddress()) ? "127.0.0.1" : inUrl(address);
	}

	private static String inUrl(InetAddress address) {
		String text = address.getHostAddress();
		return text.contains(":") ? "[" + text + "]" : text;
	}

}
