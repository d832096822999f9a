package io.sandboxmanager.gateway;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What connections cost that nobody uses, and that none outlives its two sides. */
@TestPropertySource(properties = { "sandbox-manager.gateway.tunnels=1000",
		"sandbox-manager.gateway.tunnels-per-sandbox=1000", "sandbox-manager.gateway.client-check-interval=1s",
		"sandbox-manager.gateway.first-byte-timeout=1h", "sandbox-manager.gateway.connections-per-sandbox=50" })
@Timeout(120)
class ThousandTests extends GatewayTest {

	private static final Logger logger = LoggerFactory.getLogger(ThousandTests.class);

	private static final int COUNT = 1000;

	private static final long MOST_HEAP = 32 * 1024;

	/** Far less than the limits that would end them too. */
	private static final Duration AT_ONCE = Duration.ofSeconds(15);

	@Autowired
	private WebSocketForwarder forwarder;

	@Test
	void idleWebSocketsTakeNoThreadLittleHeapAndEndWithEitherSide() {
		pair().client.close();
		await().until(() -> this.forwarder.open() == 0);
		long bare = heapOfBareConnections();
		long before = heap();
		int threads = threads();
		List<Pair> pairs = new ArrayList<>();
		for (int i = 0; i < COUNT; i++) {
			pairs.add(pair());
		}
		await().until(() -> this.forwarder.open() == COUNT);
		assertThat(threads() - threads).as("threads for %d idle WebSockets", COUNT).isLessThan(20);
		long each = (heap() - before - bare) / COUNT;
		logger.info("Heap of an idle WebSocket: {} bytes", each);
		assertThat(each).isLessThan(MOST_HEAP);
		List<Pair> half = pairs.subList(0, COUNT / 2);
		half.forEach((pair) -> pair.client.close());
		await().atMost(AT_ONCE).until(() -> this.forwarder.open() == COUNT / 2);
		half.forEach((pair) -> assertThat(pair.server.isEnded()).isTrue());
		List<Pair> rest = pairs.subList(COUNT / 2, COUNT);
		rest.forEach((pair) -> pair.server.close());
		await().atMost(AT_ONCE).until(() -> this.forwarder.open() == 0 && sandboxes().activities() == 0);
		rest.forEach((pair) -> assertThat(pair.client.isEnded()).isTrue());
	}

	@Test
	void requestsEndWithEitherSide() {
		List<Pair> pairs = new ArrayList<>();
		for (int i = 0; i < 40; i++) {
			Wire client = proxy("GET", "/slow");
			Wire server = upstream().accept();
			server.head();
			pairs.add(new Pair(client, server));
		}
		assertThat(sandboxes().activities()).isEqualTo(40);
		pairs.subList(0, 20).forEach((pair) -> pair.client.close());
		await().atMost(AT_ONCE).until(() -> sandboxes().activities() == 20);
		pairs.subList(0, 20).forEach((pair) -> assertThat(pair.server.isEnded()).isTrue());
		pairs.subList(20, 40).forEach((pair) -> pair.server.close());
		await().atMost(AT_ONCE).until(() -> sandboxes().activities() == 0);
		pairs.subList(20, 40).forEach((pair) -> assertThat(pair.client.head().get(0)).startsWith("HTTP/1.1 502"));
	}

	/** What the test's own ends of so many connections take. */
	private long heapOfBareConnections() {
		long before = heap();
		List<Wire> ends = new ArrayList<>();
		for (int i = 0; i < COUNT; i++) {
			ends.add(Wire.connect(upstream().url().getPort()));
			ends.add(upstream().accept());
		}
		long bare = heap() - before;
		ends.forEach(Wire::close);
		return bare;
	}

	private Pair pair() {
		Wire client = request("GET", "/desktop/" + sandbox().name(), "Authorization: Bearer secret", UPGRADE);
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 101");
		return new Pair(client, server);
	}

	private static int threads() {
		return ManagementFactory.getThreadMXBean().getThreadCount();
	}

	private static long heap() {
		System.gc();
		System.gc();
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	private record Pair(Wire client, Wire server) {
	}

}
