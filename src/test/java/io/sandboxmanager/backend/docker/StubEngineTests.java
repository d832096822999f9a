package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.backend.ImageDetails;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

/** What a real engine cannot be made to say, or to count. */
@Timeout(60)
class StubEngineTests {

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private HttpServer engine;

	private DockerBackend backend;

	@BeforeEach
	void start(@TempDir Path dockerConfig) throws IOException {
		this.engine = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.engine.setExecutor(this.threads);
		this.engine.start();
		DockerProperties properties = new DockerProperties("tcp://127.0.0.1:" + this.engine.getAddress().getPort(),
				"sandbox-manager", List.of(), "127.0.0.1", null, null, false, Duration.ofSeconds(20),
				Duration.ofMinutes(1));
		Clock standing = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
		this.backend = DockerBackend.connect(properties, Map.of(), dockerConfig, standing);
	}

	@AfterEach
	void stop() {
		this.backend.close();
		this.engine.stop(0);
		this.threads.shutdownNow();
	}

	@Test
	void containerInAnUnknownStateDoesNotHideTheOthers() {
		this.engine.createContext("/", (exchange) -> answer(exchange, """
				[{"Id":"a","Names":["/one"],"Labels":{},"State":"hibernating","Created":1},
				{"Id":"b","Names":["/two"],"Labels":{},"State":"running","Created":2},
				{"Id":"c","Names":["/three"],"Labels":{},"Created":3}]"""));
		assertThat(this.backend.list(Map.of())).extracting(ContainerSummary::name, ContainerSummary::status)
			.containsExactly(tuple("one", ContainerStatus.UNKNOWN), tuple("two", ContainerStatus.RUNNING),
					tuple("three", ContainerStatus.UNKNOWN));
	}

	@Test
	void containerInAnUnknownStateIsThere() {
		this.engine.createContext("/",
				(exchange) -> answer(exchange, "{\"Id\":\"a\",\"State\":{\"Status\":\"hibernating\"}}"));
		assertThat(this.backend.status("a")).isEqualTo(ContainerStatus.UNKNOWN);
	}

	@Test
	void manyWhoNeedOneImageAskOnce() throws Exception {
		int callers = 16;
		CountDownLatch under = new CountDownLatch(callers);
		AtomicInteger asked = new AtomicInteger();
		this.engine.createContext("/", (exchange) -> {
			asked.incrementAndGet();
			await(under);
			answer(exchange, "{\"Id\":\"sha256:1\",\"Config\":{\"User\":\"1000:1000\"}}");
		});
		List<CompletableFuture<ImageDetails>> all = IntStream.range(0, callers)
			.mapToObj((i) -> CompletableFuture.supplyAsync(() -> {
				under.countDown();
				return this.backend.prepareImage("image");
			}, this.threads))
			.toList();
		for (CompletableFuture<ImageDetails> each : all) {
			assertThat(each.get(30, TimeUnit.SECONDS).digest()).isEqualTo("sha256:1");
		}
		assertThat(asked).hasValue(1);
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void answer(HttpExchange exchange, String json) throws IOException {
		try (exchange) {
			byte[] body = json.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().add("Content-Type", "application/json");
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
		}
	}

}
