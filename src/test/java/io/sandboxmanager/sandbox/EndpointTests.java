package io.sandboxmanager.sandbox;

import java.net.URI;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** {@link Endpoint}: a place of the network, or a socket of this machine. */
class EndpointTests {

	@Test
	void aSocketKeepsItsPathWhateverStandsInIt() {
		String path = "/run/a folder/ü%20/agent.sock";
		assertThat(Endpoint.ofSocket(path).socket()).contains(path);
		assertThat(new Endpoint(URI.create(Endpoint.ofSocket(path).toString())).socket()).contains(path);
	}

	@Test
	void aSocketIsSpokenToAsLocalhost() {
		Endpoint socket = Endpoint.ofSocket("/run/agent.sock");
		assertThat(socket.resolve("/healthz")).isEqualTo(URI.create("http://localhost/healthz"));
	}

	@Test
	void anAddressIsNoSocket() {
		Endpoint address = new Endpoint(URI.create("http://127.0.0.1:8080/prefix"));
		assertThat(address.socket()).isEmpty();
		assertThat(address.port()).isEqualTo(8080);
		assertThat(address.resolve("/healthz")).isEqualTo(URI.create("http://127.0.0.1:8080/prefix/healthz"));
	}

}
