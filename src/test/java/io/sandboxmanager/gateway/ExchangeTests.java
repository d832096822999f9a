package io.sandboxmanager.gateway;

import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;

import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import io.sandboxmanager.sandbox.Endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(30)
class ExchangeTests {

	private static final String ANSWER = "HTTP/1.1 200 OK\nContent-Length: 0\n\n";

	private final Upstream upstream = new Upstream();

	private final SandboxConnections connections = connections(Map.of());

	private final Exchange exchange = exchange(this.connections);

	private static SandboxConnections connections(Map<String, String> settings) {
		GatewayProperties properties = new Binder(new MapConfigurationPropertySource(settings)).bindOrCreate("gateway",
				GatewayProperties.class);
		return new SandboxConnections(properties);
	}

	private Exchange exchange(SandboxConnections connections) {
		return connections.exchange(
				new ForwardTarget("box", new Endpoint(this.upstream.url()), "/path", "a=b", null, "session"), "GET");
	}

	private static CompletableFuture<ClassicHttpResponse> send(Exchange exchange) {
		return send(exchange, new ArrayList<>());
	}

	private static CompletableFuture<ClassicHttpResponse> send(Exchange exchange, List<Integer> interim) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return exchange.send(null, (status, headers) -> interim.add(status));
			}
			catch (IOException ex) {
				throw new CompletionException(ex);
			}
		});
	}

	private static void assertThatItFails(CompletableFuture<?> sent, Class<? extends IOException> with) {
		assertThatExceptionOfType(CompletionException.class).isThrownBy(sent::join).withCauseInstanceOf(with);
	}

	@AfterEach
	void end() {
		this.connections.close();
		this.upstream.close();
	}

	@Test
	void theRequestHasTheHeadersThatFrameItAndNoOthers() {
		CompletableFuture<ClassicHttpResponse> sent = send(this.exchange);
		Wire sandbox = this.upstream.accept();
		assertThat(sandbox.head()).containsExactly("GET /path?a=b HTTP/1.1",
				"Host: 127.0.0.1:" + this.upstream.url().getPort(), "Connection: keep-alive");
		sandbox.send(ANSWER);
		assertThat(sent.join().getCode()).isEqualTo(200);
	}

	@Test
	void theConnectionOfAFinishedOneIsUsedByTheNext() {
		Wire sandbox = answered(this.exchange, ANSWER);
		this.exchange.finish();
		assertThatItServes(sandbox, exchange(this.connections));
	}

	@Test
	void theConnectionOfOneThatIsClosedUnfinishedIsNotUsedAgain() {
		Wire sandbox = answered(this.exchange, ANSWER);
		this.exchange.close();
		this.exchange.finish();
		assertThat(sandbox.isEnded()).isTrue();
	}

	@Test
	void theSandboxMayEndTheConnection() {
		Wire sandbox = answered(this.exchange, ANSWER.replace("\n\n", "\nConnection: close\n\n"));
		this.exchange.finish();
		assertThat(sandbox.isEnded()).isTrue();
	}

	@Test
	void aConnectionThatWasClosedMeanwhileIsReplaced() {
		Wire sandbox = answered(this.exchange, ANSWER);
		this.exchange.finish();
		sandbox.close();
		Exchange next = exchange(this.connections);
		answered(next, ANSWER);
		assertThat(next.isConnected()).isTrue();
	}

	private static void assertThatItServes(Wire sandbox, Exchange next) {
		CompletableFuture<ClassicHttpResponse> sent = send(next);
		sandbox.head();
		sandbox.send(ANSWER);
		assertThat(sent.join().getCode()).isEqualTo(200);
	}

	private Wire answered(Exchange exchange, String answer) {
		CompletableFuture<ClassicHttpResponse> sent = send(exchange);
		Wire sandbox = this.upstream.accept();
		sandbox.head();
		sandbox.send(answer);
		sent.join();
		return sandbox;
	}

	@Test
	void interimAnswersAreHandedOn() {
		List<Integer> interim = new CopyOnWriteArrayList<>();
		CompletableFuture<ClassicHttpResponse> sent = send(this.exchange, interim);
		Wire sandbox = this.upstream.accept();
		sandbox.send("HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: </a>\n\n" + ANSWER);
		assertThat(sent.join().getCode()).isEqualTo(200);
		assertThat(interim).containsExactly(103);
	}

	@Test
	void oneThatIsCancelledWhileTheSandboxIsSilentFails() {
		CompletableFuture<ClassicHttpResponse> sent = send(this.exchange);
		Wire sandbox = this.upstream.accept();
		sandbox.head();
		this.exchange.cancel();
		assertThatItFails(sent, IOException.class);
		assertThat(sandbox.isEnded()).isTrue();
	}

	@Test
	void oneThatIsCancelledBeforeItIsSentIsNotSent() {
		this.exchange.cancel();
		assertThatItFails(send(this.exchange), IOException.class);
		assertThat(this.exchange.isConnected()).isFalse();
		assertThat(this.upstream.isLeftAlone()).isTrue();
	}

	@Test
	void oneThatIsCancelledAfterItWasFinishedLeavesTheConnectionAlone() {
		Wire sandbox = answered(this.exchange, ANSWER);
		this.exchange.finish();
		this.exchange.cancel();
		assertThatItServes(sandbox, exchange(this.connections));
	}

	@Test
	void oneThatIsCancelledWhileItWaitsForAConnectionFailsAndTakesNone() {
		SandboxConnections one = connections(Map.of("gateway.connections-per-sandbox", "1"));
		Exchange first = exchange(one);
		Wire sandbox = answered(first, ANSWER);
		Exchange waiting = exchange(one);
		CompletableFuture<ClassicHttpResponse> sent = send(waiting);
		Awaitility.await().until(() -> one.pool().getTotalStats().getPending() == 1);
		waiting.cancel();
		assertThatItFails(sent, IOException.class);
		first.finish();
		assertThatItServes(sandbox, exchange(one));
		one.close();
	}

	@Test
	void oneThatFindsAllConnectionsInUseFailsInTime() {
		SandboxConnections one = connections(
				Map.of("gateway.connections-per-sandbox", "1", "gateway.queue-timeout", "100ms"));
		answered(exchange(one), ANSWER);
		assertThatItFails(send(exchange(one)), ConnectionRequestTimeoutException.class);
		one.close();
	}

	@Test
	void oneThatFindsNobodyIsNotConnected() {
		this.upstream.close();
		assertThatItFails(send(this.exchange), ConnectException.class);
		assertThat(this.exchange.isConnected()).isFalse();
	}

}
