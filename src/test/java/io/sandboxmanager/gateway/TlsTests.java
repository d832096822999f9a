package io.sandboxmanager.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/** The same over TLS, where a connection is ended in another way. */
class TlsTests extends GatewayTest {

	private static final String PASSWORD = "changeit";

	private static final int LARGE = 10 * 1024 * 1024;

	@TempDir
	static Path folder;

	@Autowired
	private WebSocketForwarder forwarder;

	@DynamicPropertySource
	static void serveTls(DynamicPropertyRegistry properties) throws IOException, InterruptedException {
		Path store = folder.resolve("store.p12");
		String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
		Process making = new ProcessBuilder(keytool, "-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname",
				"CN=localhost", "-storepass", PASSWORD, "-keystore", store.toString())
			.inheritIO()
			.start();
		assertThat(making.waitFor()).isZero();
		properties.add("server.ssl.key-store", store::toUri);
		properties.add("server.ssl.key-store-password", () -> PASSWORD);
	}

	@Test
	void floodsPassBothWaysAndTheClientSeesTheEnd() throws Exception {
		Wire client = openWebSocket();
		Wire server = accept(client);
		Flood up = new Flood(client, LARGE);
		assertThat(Flood.arrives(server, LARGE)).isTrue();
		up.join();
		Flood down = new Flood(server, LARGE);
		assertThat(Flood.arrives(client, LARGE)).isTrue();
		down.join();
		server.send("last").close();
		assertThat(client.rest()).isEqualTo("last");
		Awaitility.await().until(() -> this.forwarder.open() == 0);
	}

	@Test
	void sandboxSeesTheEnd() throws Exception {
		Wire client = openWebSocket();
		Wire server = accept(client);
		client.send("last").close();
		assertThat(server.rest()).isEqualTo("last");
		Awaitility.await().until(() -> this.forwarder.open() == 0);
	}

	@Test
	void clientThatLeavesWhileTheSandboxIsSilentEndsTheRequest() throws Exception {
		Wire client = connect().send("GET /proxy/" + sandbox().name() + "/slow HTTP/1.1\nHost: x\n\n");
		Wire server = upstream().accept();
		server.head();
		client.close();
		assertThat(server.isEnded()).isTrue();
	}

	private Wire openWebSocket() throws Exception {
		return connect().send("GET /desktop/" + sandbox().name() + " HTTP/1.1\nHost: x\nUpgrade: websocket\n"
				+ "Connection: Upgrade\nAuthorization: Bearer secret\nSec-WebSocket-Key: key\n\n");
	}

	private Wire accept(Wire client) {
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
		return server;
	}

	private Wire connect() throws GeneralSecurityException, IOException {
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(null, new TrustManager[] { new Trusting() }, null);
		return new Wire(context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port()));
	}

	private static final class Trusting implements X509TrustManager {

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type) {
			assertThat(chain).isNotEmpty();
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return new X509Certificate[0];
		}

	}

}
