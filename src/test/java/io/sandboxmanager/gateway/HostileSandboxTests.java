package io.sandboxmanager.gateway;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A sandbox that does not do what HTTP says harms its own callers at most. */
@TestPropertySource(
		properties = { "sandbox-manager.gateway.first-byte-timeout=1500ms", "sandbox-manager.gateway.idle-timeout=1s" })
@Timeout(60)
class HostileSandboxTests extends GatewayTest {

	private static final String OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok";

	@ParameterizedTest
	@ValueSource(strings = { "\u0016\u0003\u0001garbage\n\n", "HTTP/9.9 200 OK\nContent-Length: 0\n\n",
			"HTTP/1.1 twohundred\n\n", "HTTP/1.1 -20 x\n\n", "HTTP/1.1 200 OK\nno header\n\n",
			"HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\nab", "HTTP/1.1 200 OK\nContent-Length: -1\n\n",
			"HTTP/1.1 200 OK\nContent-Length: 99999999999999999999\n\n",
			"HTTP/1.1 200 OK\nTransfer-Encoding: gzip, x\n\n", "HTTP/1.1 101 Switching Protocols\nUpgrade: x\n\n",
			"HTTP/1.1 200", "HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\nContent-Length: 2\n",
			"HTTP/1.1 103 Hints\n\nHTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\nContent-Le" })
	void answerThatIsNoneIsAnsweredInItsPlace(String answer) {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send(answer).close();
		assertThat(client.rest()).contains("HTTP/1.1 502")
			.contains("sandbox " + sandbox().name())
			.doesNotContain("HTTP/1.1 200");
		noneIsLeft();
	}

	@Test
	void lengthIsIgnoredWhereThereAreChunks() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Length: 3\nTransfer-Encoding: chunked\n\n5\nabcde\n0\n\n");
		List<String> head = client.head();
		assertThat(Wire.values(head, "Content-Length")).isEmpty();
		assertThat(client.chunk()).isEqualTo("abcde");
		assertThat(client.chunk()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "zz\nabc", "5;x\nabc", "-1\n\n", "FFFFFFFFFFFFFFFFFF\nabc", "3\nabcdef" })
	void brokenChunksNeverLookComplete(String chunks) {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + chunks).close();
		assertThat(client.rest()).doesNotContain("\r\n0\r\n");
		noneIsLeft();
	}

	@Test
	void headWithoutEndIsCutOffByItsSize() {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\n" + ("X-Large: " + "x".repeat(300) + "\n").repeat(150));
		assertThat(client.rest()).startsWith("HTTP/1.1 502").contains("is longer than " + GatewayConnector.MAX_HEAD);
		noneIsLeft();
	}

	@Test
	void headOfTheLargestSizePasses() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		StringBuilder head = new StringBuilder("HTTP/1.1 200 OK\nContent-Length: 2\n");
		for (int i = 0; i < 150; i++) {
			head.append("Set-Cookie: c").append(i).append('=').append("x".repeat(180)).append("\n");
		}
		server.send(head + "\nok");
		assertThat(Wire.values(client.head(), "Set-Cookie")).hasSize(150);
		assertThat(client.text(2)).isEqualTo("ok");
	}

	@Test
	void tooManyHeadersAreRefused() {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\n" + "A: b\n".repeat(201) + "\n");
		assertThat(client.rest()).startsWith("HTTP/1.1 502");
	}

	@Test
	void headThatDribblesIsCutOffByItsTime() throws InterruptedException {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\n");
		Thread dribbling = new Thread(() -> repeat(server, "X: 1\n"));
		dribbling.start();
		assertThat(client.rest()).startsWith("HTTP/1.1 504").contains("did not begin to answer within 1500 ms");
		dribbling.join(TimeUnit.SECONDS.toMillis(15));
		assertThat(dribbling.isAlive()).isFalse();
		noneIsLeft();
	}

	private static void repeat(Wire server, String part) {
		try {
			while (true) {
				server.send(part);
				Thread.sleep(200);
			}
		}
		catch (UncheckedIOException | InterruptedException ex) {
			// it was given up
		}
	}

	@Test
	void answersBeforeTheAnswerWithoutEndAreCutOffByTheirTime() throws InterruptedException {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		Thread hinting = new Thread(() -> repeat(server, "HTTP/1.1 103 Early Hints\n\n"));
		hinting.start();
		assertThat(client.rest()).contains("HTTP/1.1 103").contains("HTTP/1.1 504");
		hinting.join(TimeUnit.SECONDS.toMillis(15));
		assertThat(hinting.isAlive()).isFalse();
	}

	@Test
	void moreThanTheLengthSaysReachesNobody() {
		Wire client = proxy("GET", "/one");
		Wire server = upstream().accept();
		server.head();
		server.send(OK + "HTTP/1.1 200 OK\nContent-Length: 4\n\nevil");
		client.head();
		assertThat(client.text(2)).isEqualTo("ok");
		client.send("GET /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: x\n\n");
		Wire fresh = upstream().accept();
		assertThat(fresh.head().get(0)).isEqualTo("GET /fastapi/two HTTP/1.1");
		fresh.send("HTTP/1.1 200 OK\nContent-Length: 4\n\ngood");
		client.head();
		assertThat(client.text(4)).isEqualTo("good");
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void answerThatNobodyAskedForReachesNobody() throws InterruptedException {
		Wire client = proxy("GET", "/one");
		Wire server = upstream().accept();
		server.head();
		server.send(OK);
		client.head();
		assertThat(client.text(2)).isEqualTo("ok");
		server.send("HTTP/1.1 200 OK\nContent-Length: 4\n\nevil");
		Thread.sleep(100);
		client.send("POST /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: x\nContent-Length: 3\n\nabc");
		Wire fresh = upstream().accept();
		fresh.head();
		assertThat(fresh.text(3)).isEqualTo("abc");
		fresh.send(OK);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void bodyThatAnAnswerCannotHaveReachesNobody() {
		Wire client = proxy("GET", "/one");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 204 No Content\nContent-Length: 4\n\nevil");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 204");
		client.send("GET /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: x\n\n");
		Wire fresh = upstream().accept();
		fresh.head();
		fresh.send(OK);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void headersAreNotSplitByWhatTheyHold() {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\r\nX-One: a\rSet-Cookie: evil=1\r\nX-Two: a\r\n folded\r\nX Three: 1\r\n"
			.getBytes(StandardCharsets.ISO_8859_1));
		server.send("Content-Length: 2\n\nok");
		List<String> head = client.head();
		assertThat(Wire.values(head, "Set-Cookie")).isEmpty();
		assertThat(Wire.values(head, "X-One")).containsExactly("a Set-Cookie: evil=1");
		assertThat(Wire.values(head, "X-Two")).containsExactly("a folded");
		assertThat(head).noneMatch((line) -> line.startsWith("X Three") || line.indexOf('\r') != -1);
		assertThat(client.text(2)).isEqualTo("ok");
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://evil.example/x", "//evil.example/x", "https://127.0.0.1:1/" })
	void redirectElsewhereIsForTheClientToFollow(String location) {
		Wire client = proxy("GET", "/x");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 307 Temporary Redirect\nLocation: " + location + "\nContent-Length: 0\n\n");
		assertThat(client.head()).contains("Location: " + location).first().asString().contains("307");
		assertThat(upstream().isLeftAlone()).isTrue();
	}

	@Test
	void sandboxThatTakesNothingIsGivenUp() {
		Wire client = proxy("PUT", "/x", "Content-Length: " + Long.MAX_VALUE, "Connection: close");
		Wire server = upstream().accept();
		Flood flood = new Flood(client, Long.MAX_VALUE);
		await().until(() -> server.head().size() > 1);
		String answer = client.answer();
		assertThat(answer).startsWith("HTTP/1.1 504").contains("did not take a piece of the body within 1000 ms");
		client.close();
		assertThat(flood.stalled()).isPositive();
		noneIsLeft();
	}

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 200 OK\nX: 1\n", "HTT", "" })
	void connectionThatBreaksInTheHeadIsAnsweredAtOnce(String part) {
		Wire client = proxy("GET", "/x", "Connection: close");
		Wire server = upstream().accept();
		server.head();
		server.send(part).reset();
		assertThat(client.rest()).startsWith("HTTP/1.1 502");
	}

	private void noneIsLeft() {
		await().until(() -> sandboxes().activities() == 0);
	}

}
