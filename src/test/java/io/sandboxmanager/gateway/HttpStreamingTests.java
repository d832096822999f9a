package io.sandboxmanager.gateway;

import java.net.SocketException;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Bodies pass while they are made, and neither side outlives the other. */
class HttpStreamingTests extends GatewayTest {

	private static final int MIB = 1024 * 1024;

	/** Time in which a waiting client is looked at. */
	private static final int CHECKED = 500;

	private static final int LARGE = 100 * MIB;

	/** More than the kernel's buffers of two connections can take. */
	private static final int BUFFERED = 40 * MIB;

	@Test
	void pieceOfUploadArrivesBeforeTheNextIsSent() {
		Wire client = proxy("PUT", "/file", "Content-Length: 10").send("first");
		Wire server = upstream().accept();
		assertThat(server.head()).contains("Content-Length: 10");
		assertThat(server.text(5)).isEqualTo("first");
		client.send("secnd");
		assertThat(server.text(5)).isEqualTo("secnd");
		server.send("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
		assertThat(client.text(2)).isEqualTo("ok");
	}

	@Test
	void chunkOfUploadArrivesBeforeTheNextIsSent() {
		Wire client = proxy("POST", "/file", "Transfer-Encoding: chunked").send("5\nfirst\n");
		Wire server = upstream().accept();
		assertThat(server.head()).contains("Transfer-Encoding: chunked");
		assertThat(server.chunk()).isEqualTo("first");
		client.send("3\nsec\n0\n\n");
		assertThat(server.chunk()).isEqualTo("sec");
		assertThat(server.chunk()).isEmpty();
		server.send("HTTP/1.1 204 No Content\n\n");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 204");
	}

	@Test
	void pieceOfAnswerArrivesBeforeTheNextIsMade() {
		Wire client = proxy("GET", "/events");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n");
		assertThat(client.head()).contains("Content-Type: text/event-stream", "Transfer-Encoding: chunked");
		server.send("9\ndata: 1xx\n");
		assertThat(client.chunk()).isEqualTo("data: 1xx");
		server.send("9\ndata: 2xx\n0\n\n");
		assertThat(client.chunk()).isEqualTo("data: 2xx");
		assertThat(client.chunk()).isEmpty();
	}

	@Test
	void answerOfKnownLengthAlsoArrivesInPieces() {
		Wire client = proxy("GET", "/file");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Length: 10\n\nfirst");
		assertThat(client.head()).contains("Content-Length: 10");
		assertThat(client.text(5)).isEqualTo("first");
		server.send("secnd");
		assertThat(client.text(5)).isEqualTo("secnd");
	}

	@Test
	void uploadWaitsForSandboxThatDoesNotReadAndArrivesWhole() {
		Wire client = proxy("PUT", "/file", "Content-Length: " + LARGE);
		Wire server = upstream().accept();
		server.head();
		Flood flood = new Flood(client, LARGE);
		assertThat(flood.stalled()).isLessThan(BUFFERED);
		assertThat(Flood.arrives(server, LARGE)).isTrue();
		flood.join();
		server.send("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 200");
	}

	@Test
	void downloadWaitsForClientThatDoesNotReadAndArrivesWhole() {
		Wire client = proxy("GET", "/file");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Length: " + LARGE + "\n\n");
		Flood flood = new Flood(server, LARGE);
		assertThat(flood.stalled()).isLessThan(BUFFERED);
		client.head();
		assertThat(Flood.arrives(client, LARGE)).isTrue();
		flood.join();
	}

	@Test
	void clientThatLeavesDuringDownloadEndsTheRequest() {
		Wire client = proxy("GET", "/file");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Length: " + LARGE + "\n\n");
		Flood flood = new Flood(server, LARGE);
		client.head();
		client.bytes(MIB);
		client.reset();
		assertThatThrownBy(flood::join).hasRootCauseInstanceOf(SocketException.class);
	}

	@Test
	void uploadThatBreaksOffNeverLooksComplete() {
		Wire client = proxy("POST", "/file", "Transfer-Encoding: chunked").send("5\nfirst\n");
		Wire server = upstream().accept();
		server.head();
		assertThat(server.chunk()).isEqualTo("first");
		client.close();
		assertThat(server.rest()).isIn("", "<reset>");
	}

	@Test
	void uploadOfKnownLengthThatBreaksOffEndsTheRequest() {
		Wire client = proxy("PUT", "/file", "Content-Length: 10").send("first");
		Wire server = upstream().accept();
		server.head();
		server.text(5);
		client.close();
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void clientThatLeavesWhileTheSandboxIsSilentEndsTheRequest() {
		Wire client = proxy("GET", "/slow");
		Wire server = upstream().accept();
		server.head();
		client.close();
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void clientThatLeavesWhileTheSandboxPausesEndsTheRequest() {
		Wire client = proxy("GET", "/events");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nfirst\n");
		client.head();
		client.chunk();
		client.close();
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void nextRequestThatComesEarlyIsAnsweredInItsTurn() throws InterruptedException {
		Wire client = proxy("GET", "/one");
		Wire server = upstream().accept();
		server.head();
		client.send("GET /proxy/" + sandbox().name() + "/two HTTP/1.1\nHost: manager\n\n");
		Thread.sleep(CHECKED);
		server.send("HTTP/1.1 200 OK\nContent-Length: 3\n\none");
		client.head();
		assertThat(client.text(3)).isEqualTo("one");
		assertThat(server.head().get(0)).isEqualTo("GET /fastapi/two HTTP/1.1");
		server.send("HTTP/1.1 200 OK\nContent-Length: 3\n\ntwo");
		client.head();
		assertThat(client.text(3)).isEqualTo("two");
	}

	@Test
	void sandboxThatDiesInTheMiddleOfChunksIsSeenByTheClient() {
		Wire client = proxy("GET", "/file");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nfirst\n");
		client.head();
		assertThat(client.chunk()).isEqualTo("first");
		server.close();
		assertThat(client.isEnded()).isTrue();
	}

	@Test
	void sandboxThatDiesInTheMiddleOfKnownLengthIsSeenByTheClient() {
		Wire client = proxy("GET", "/file");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Length: 10\n\nfirst");
		client.head();
		client.text(5);
		server.reset();
		assertThat(client.isEnded()).isTrue();
	}

	@Test
	void sandboxThatFallsSilentInTheMiddleIsGivenUp() {
		Wire client = proxy("GET", "/file");
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 200 OK\nContent-Length: 10\n\nfirst");
		client.head();
		client.text(5);
		assertThat(client.isEnded()).isTrue();
		assertThat(server.isEnded()).isTrue();
	}

	@Test
	void answerBeforeTheEndOfTheUploadIsPassedOn() {
		Wire client = proxy("PUT", "/file", "Content-Length: " + LARGE);
		Wire server = upstream().accept();
		server.head();
		server.send("HTTP/1.1 413 Too Large\nContent-Length: 5\nConnection: close\n\nlarge");
		client.send(new byte[MIB]);
		assertThat(client.head().get(0)).startsWith("HTTP/1.1 413");
		assertThat(client.text(5)).isEqualTo("large");
	}

	@Test
	void activityLastsAsLongAsTheRequest() {
		Wire client = proxy("GET", "/file");
		Wire server = upstream().accept();
		server.head();
		assertThat(sandboxes().activities()).isEqualTo(1);
		server.send("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
		client.head();
		Awaitility.await().until(() -> sandboxes().activities() == 0);
	}

}
