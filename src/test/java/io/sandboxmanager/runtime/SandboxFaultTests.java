package io.sandboxmanager.runtime;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxNotConnectedException;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What becomes of a call when the sandbox is gone, slow or hostile. */
@Timeout(60)
class SandboxFaultTests {

	private static final int MAX_ANSWER = 64 * 1024;

	/** More than any call takes that is answered. */
	private static final Duration PLENTY = Duration.ofSeconds(15);

	private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

	private final HttpSandboxRuntime runtime = new HttpSandboxRuntime(new RuntimeProperties(Duration.ofSeconds(2),
			Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofMillis(200), 4, 8, DataSize.ofBytes(MAX_ANSWER)),
			Budgets.plenty());

	@AfterEach
	void stop() {
		this.runtime.close();
	}

	@Test
	void closedPortIsUnreachable() throws IOException {
		Sandbox gone = sandbox(closedPort());
		assertThat(this.runtime.isHealthy(gone)).isFalse();
		assertThatExceptionOfType(SandboxNotConnectedException.class).isThrownBy(() -> this.runtime.checkHealth(gone))
			.withMessageContaining("cannot be reached at " + gone.requirePlacement().endpoint());
		assertThatExceptionOfType(SandboxNotConnectedException.class).isThrownBy(() -> call(gone))
			.withMessageContaining("cannot be reached at " + gone.requirePlacement().endpoint());
	}

	@Test
	void socketThatIsGoneIsUnreachable(@TempDir Path folder) {
		Sandbox gone = sandbox(Endpoint.ofSocket(folder.resolve("none.sock").toString()).url());
		assertThatExceptionOfType(SandboxNotConnectedException.class).isThrownBy(() -> this.runtime.checkHealth(gone));
		assertThatExceptionOfType(SandboxNotConnectedException.class).isThrownBy(() -> call(gone));
	}

	@Test
	void sandboxAllOfWhoseConnectionsAreInUseIsNotTakenForGone() throws Exception {
		CountDownLatch hanging = new CountDownLatch(4);
		ExecutorService callers = Executors.newFixedThreadPool(4);
		try (RudeServer slow = new RudeServer((connection) -> {
			hanging.countDown();
			connection.in().readAllBytes();
		})) {
			for (int i = 0; i < 4; i++) {
				callers.execute(() -> assertUnreachable(sandbox(slow.url(), PLENTY), ""));
			}
			assertThat(hanging.await(5, TimeUnit.SECONDS)).isTrue();
			assertUnanswered(sandbox(slow.url()), "");
		}
		finally {
			callers.shutdownNow();
		}
	}

	@Test
	void silenceIsUnreachableAfterTheLimitAndItsGrace() throws IOException {
		try (RudeServer server = new RudeServer((connection) -> connection.in().readAllBytes())) {
			assertThat(this.runtime.isHealthy(sandbox(server.url()))).isFalse();
			assertUnanswered(sandbox(server.url()), "did not answer within 0.3s");
		}
	}

	@Test
	void limitMayPassAtAnyMomentOfACall() throws IOException {
		RuntimeProperties hurried = new RuntimeProperties(Duration.ofSeconds(2), Duration.ZERO, Duration.ofSeconds(1),
				Duration.ofMillis(1), 4, 8, DataSize.ofBytes(MAX_ANSWER));
		try (HttpSandboxRuntime runtime = new HttpSandboxRuntime(hurried, Budgets.plenty());
				RudeServer server = new RudeServer((connection) -> connection.in().readAllBytes())) {
			Sandbox sandbox = sandbox(server.url(), Duration.ofMillis(1));
			for (int i = 0; i < 500; i++) {
				assertThat(runtime.isHealthy(sandbox)).isFalse();
				assertThatExceptionOfType(SandboxUnreachableException.class)
					.isThrownBy(() -> runtime.callTool(sandbox, "t", null));
			}
		}
	}

	@Test
	void dribblingIsUnreachableAfterTheLimitAndItsGrace() throws IOException {
		try (RudeServer server = new RudeServer((connection) -> {
			connection.readHead();
			connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
			dribble(connection);
		})) {
			assertUnreachable(sandbox(server.url()), "did not answer within 0.3s");
			assertThat(this.runtime.isHealthy(sandbox(server.url()))).isFalse();
		}
	}

	@Test
	void answerThatBreaksOffIsUnreachable() throws IOException {
		for (String half : new String[] { "", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}" }) {
			try (RudeServer server = new RudeServer((connection) -> {
				connection.readHead();
				connection.write(half);
			})) {
				assertUnanswered(sandbox(server.url()), "");
				assertThat(this.runtime.isHealthy(sandbox(server.url()))).isFalse();
			}
		}
	}

	@Test
	void somethingThatIsNotHttpIsUnreachable() throws IOException {
		try (RudeServer server = new RudeServer((connection) -> connection.write("SSH-2.0-OpenSSH_9\r\n\r\n"))) {
			assertUnreachable(sandbox(server.url()), "");
			assertThat(this.runtime.isHealthy(sandbox(server.url()))).isFalse();
		}
	}

	@Test
	void endlessAnswerIsNotReadToItsEnd() throws IOException {
		try (RudeServer server = new RudeServer((connection) -> {
			connection.readHead();
			connection.write("HTTP/1.1 200 OK\r\n\r\n");
			flood(connection);
		})) {
			assertThatExceptionOfType(InvalidSandboxAnswerException.class)
				.isThrownBy(() -> call(sandbox(server.url(), PLENTY)))
				.withMessageContaining("longer than " + MAX_ANSWER + " bytes");
		}
	}

	@Test
	void endlessRefusalIsNotReadToItsEnd() throws IOException {
		try (RudeServer server = new RudeServer((connection) -> {
			connection.readHead();
			connection.write("HTTP/1.1 500 Broken\r\n\r\n");
			flood(connection);
		})) {
			assertThatExceptionOfType(SandboxRefusedException.class)
				.isThrownBy(() -> call(sandbox(server.url(), PLENTY)))
				.withMessageEndingWith("answered 500: Broken");
		}
	}

	@Test
	void connectionIsUsedAgain() throws IOException {
		try (RudeServer server = new RudeServer((connection) -> {
			while (true) {
				connection.readHead();
				connection.in().readNBytes("{\"tool_name\":\"t\",\"arguments\":{}}".length());
				connection.write(OK);
			}
		})) {
			Sandbox sandbox = sandbox(server.url(), PLENTY);
			assertThat(call(sandbox)).isEqualTo(RawJson.of("{}"));
			assertThat(call(sandbox)).isEqualTo(RawJson.of("{}"));
			assertThat(server.connections).hasValue(1);
		}
	}

	@Test
	void connectionThatTheSandboxClosedMeanwhileIsNotUsed() throws Exception {
		Semaphore closed = new Semaphore(0);
		try (RudeServer server = new RudeServer((connection) -> {
			connection.readHead();
			connection.in().readNBytes("{\"tool_name\":\"t\",\"arguments\":{}}".length());
			connection.write(OK);
			connection.out().close();
			closed.release();
		})) {
			Sandbox sandbox = sandbox(server.url(), PLENTY);
			assertThat(call(sandbox)).isEqualTo(RawJson.of("{}"));
			assertThat(closed.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
			TimeUnit.MILLISECONDS.sleep(5); // it is looked at once a millisecond
			assertThat(call(sandbox)).isEqualTo(RawJson.of("{}"));
			assertThat(server.connections).hasValue(2);
		}
	}

	@Test
	void callsOfOneSandboxDoNotTakeTheConnectionsOfOthers() throws Exception {
		CountDownLatch hanging = new CountDownLatch(4);
		ExecutorService callers = Executors.newFixedThreadPool(5);
		try (RudeServer slow = new RudeServer((connection) -> {
			hanging.countDown();
			connection.in().readAllBytes();
		}); RudeServer quick = new RudeServer((connection) -> {
			connection.readHead();
			connection.write(OK);
		})) {
			Sandbox busy = sandbox(slow.url(), PLENTY);
			for (int i = 0; i < 5; i++) {
				callers.execute(() -> assertUnreachable(busy, ""));
			}
			assertThat(hanging.await(5, TimeUnit.SECONDS)).isTrue();
			assertThat(call(sandbox(quick.url(), PLENTY))).isEqualTo(RawJson.of("{}"));
			assertThat(slow.connections).hasValue(4);
		}
		finally {
			callers.shutdownNow();
		}
	}

	private static void dribble(RudeServer.Connection connection) throws IOException, InterruptedException {
		while (true) {
			connection.write(" ");
			TimeUnit.MILLISECONDS.sleep(20);
		}
	}

	private static void flood(RudeServer.Connection connection) throws IOException {
		String block = "x".repeat(8192);
		while (true) {
			connection.write(block);
		}
	}

	private RawJson call(Sandbox sandbox) {
		return this.runtime.callTool(sandbox, "t", null);
	}

	private void assertUnreachable(Sandbox sandbox, String why) {
		assertThatExceptionOfType(SandboxUnreachableException.class).isThrownBy(() -> call(sandbox))
			.withMessageContaining(sandbox.id().value())
			.withMessageContaining(why);
	}

	/** What was called may have arrived. */
	private void assertUnanswered(Sandbox sandbox, String why) {
		assertThatExceptionOfType(SandboxUnreachableException.class).isThrownBy(() -> call(sandbox))
			.isExactlyInstanceOf(SandboxUnreachableException.class)
			.withMessageContaining(why);
	}

	private static Sandbox sandbox(URI url) {
		return sandbox(url, Duration.ofMillis(200));
	}

	private static Sandbox sandbox(URI url, Duration timeout) {
		return Sandboxes.at(url, timeout);
	}

	private static URI closedPort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return URI.create("http://127.0.0.1:" + socket.getLocalPort());
		}
	}

}
