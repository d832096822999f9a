package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletResponse;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes the answer to one request on to its client, each piece as soon as it is there.
 */
final class AnswerRelay {

	/** How much of a body is held in memory. */
	static final int PIECE = 16 * 1024;

	private static final String HEAD = "HEAD";

	private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

	private static final Logger logger = LoggerFactory.getLogger(AnswerRelay.class);

	private final ForwardTarget target;

	private final ClientConnection client;

	private final Exchange exchange;

	private final ClientWatch.Waiting waiting;

	private final Duration idleTimeout;

	AnswerRelay(ForwardTarget target, ClientConnection client, Exchange exchange, ClientWatch.Waiting waiting,
			Duration idleTimeout) {
		this.target = target;
		this.client = client;
		this.exchange = exchange;
		this.waiting = waiting;
		this.idleTimeout = idleTimeout;
	}

	/**
	 * Returns when the client has the whole answer, or cannot get it and its connection
	 * is closed.
	 */
	void send(ClassicHttpResponse answer, AnswerRewriter rewriter, HttpServletResponse response) throws IOException {
		boolean complete = false;
		try {
			response.setStatus(answer.getCode());
			new ResponseHeaders(response, this.client, rewriter).copy(List.of(answer.getHeaders()));
			if (answer.getEntity() == null) {
				tellLength(answer, response);
			}
			complete = answer.getEntity() == null || sendBody(answer.getEntity(), response);
		}
		finally {
			if (complete) {
				this.exchange.finish();
			}
			else {
				this.exchange.cancel();
				this.client.abort();
			}
		}
	}

	/** A body that is only told of has a length, too. */
	private void tellLength(ClassicHttpResponse answer, HttpServletResponse response) {
		Header length = answer.getFirstHeader("Content-Length");
		if (HEAD.equals(this.exchange.method()) && length != null && LENGTH.matcher(length.getValue()).matches()) {
			response.setContentLengthLong(Long.parseLong(length.getValue()));
		}
	}

	private boolean sendBody(HttpEntity body, HttpServletResponse response) throws IOException {
		InputStream in = body.getContent();
		if (body.getContentLength() >= 0) {
			response.setContentLengthLong(body.getContentLength());
		}
		else if (in instanceof ChunkedInputStream chunks && this.client.isCurrent()) {
			response.setTrailerFields(() -> Trailers.of(List.of(chunks.getFooters())));
		}
		OutputStream out = response.getOutputStream();
		byte[] piece = new byte[pieceFor(body)];
		try {
			if (body.getContentLength() != 0 && in.available() == 0) {
				response.flushBuffer(); // the head need not wait for the body
			}
			for (int size = read(in, piece); size != -1; size = read(in, piece)) {
				out.write(piece, 0, size);
				out.flush();
			}
			return true;
		}
		catch (SandboxLeftException ex) {
			logger.info("{} broke off its answer: {}", this.target, ex.getMessage());
		}
		catch (IOException ex) {
			logger.debug("The client of {} left: {}", this.target, ex.getMessage());
		}
		return false;
	}

	/** A read into no bytes would never come to an end. */
	private static int pieceFor(HttpEntity body) {
		long length = body.getContentLength();
		return (length >= 0) ? (int) Math.max(1, Math.min(length, PIECE)) : PIECE;
	}

	private int read(InputStream in, byte[] piece) throws IOException {
		this.waiting.limit(this.idleTimeout, "go on with its answer");
		this.waiting.begin();
		try {
			return in.read(piece);
		}
		catch (IOException ex) {
			throw this.waiting.hasLeft() ? ex : new SandboxLeftException(reason(ex), ex);
		}
		finally {
			this.waiting.end();
			this.waiting.lift();
		}
	}

	private @Nullable String reason(IOException failure) {
		return this.waiting.exceeded()
			.map((limit) -> "it " + UpstreamSilentException.failure(limit.demand(), limit.time()))
			.orElse(failure.getMessage());
	}

	private static final class SandboxLeftException extends IOException {

		SandboxLeftException(@Nullable String reason, IOException cause) {
			super(reason, cause);
		}

	}

}
