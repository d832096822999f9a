package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentLengthStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.DefaultContentLengthStrategy;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.IdentityInputStream;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;

/**
 * A sandbox's answer to the opening handshake of a WebSocket.
 *
 * @param status its status, 101 if it accepted
 * @param headers its headers
 * @param rest what came after them: the first bytes of the WebSocket, or the text of a
 * refusal
 */
record Handshake(int status, List<Header> headers, ByteBuffer rest) {

	private static final int BUFFER = 8 * 1024;

	private static final int MAX_HEADERS = 100;

	private static final int MAX_REFUSAL = 64 * 1024;

	boolean isAccepted() {
		return this.status == HttpStatus.SC_SWITCHING_PROTOCOLS;
	}

	/** Reads the answer, and no more of the WebSocket than came with it. */
	static Handshake read(Socket socket, Duration timeout) throws IOException, HttpException {
		InputStream in = new DeadlineInputStream(socket, timeout);
		Http1Config limits = Http1Config.custom().setMaxLineLength(BUFFER).setMaxHeaderCount(MAX_HEADERS).build();
		SessionInputBufferImpl buffer = new SessionInputBufferImpl(BUFFER, StandardCharsets.ISO_8859_1.newDecoder());
		ClassicHttpResponse answer = head(limits, buffer, in);
		while (answer.getCode() < HttpStatus.SC_OK && answer.getCode() != HttpStatus.SC_SWITCHING_PROTOCOLS) {
			answer = head(limits, buffer, in);
		}
		byte[] rest = (answer.getCode() == HttpStatus.SC_SWITCHING_PROTOCOLS) ? first(answer, buffer, in)
				: refusal(answer, buffer, in);
		return new Handshake(answer.getCode(), List.of(answer.getHeaders()), ByteBuffer.wrap(rest));
	}

	private static ClassicHttpResponse head(Http1Config limits, SessionInputBufferImpl buffer, InputStream in)
			throws IOException, HttpException {
		ClassicHttpResponse answer = new DefaultHttpResponseParser(limits).parse(buffer, in);
		if (answer == null) {
			throw new NoHttpResponseException("the sandbox closed the connection without an answer");
		}
		return answer;
	}

	private static byte[] first(ClassicHttpResponse answer, SessionInputBufferImpl buffer, InputStream in)
			throws IOException, HttpException {
		Header upgrade = answer.getFirstHeader("Upgrade");
		if (upgrade == null || !"websocket".equalsIgnoreCase(upgrade.getValue().strip())) {
			throw new ProtocolException("the sandbox switched to another protocol than WebSocket");
		}
		byte[] rest = new byte[buffer.length()];
		int size = (rest.length > 0) ? buffer.read(rest, in) : 0;
		return Arrays.copyOf(rest, size);
	}

	private static byte[] refusal(ClassicHttpResponse answer, SessionInputBufferImpl buffer, InputStream in)
			throws IOException, HttpException {
		long length = DefaultContentLengthStrategy.INSTANCE.determineLength(answer);
		if (length == ContentLengthStrategy.CHUNKED) {
			return new ChunkedInputStream(buffer, in).readNBytes(MAX_REFUSAL);
		}
		return ((length >= 0) ? new ContentLengthInputStream(buffer, in, length) : new IdentityInputStream(buffer, in))
			.readNBytes(MAX_REFUSAL);
	}

}
