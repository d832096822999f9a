package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletResponse;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
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

	AnswerRelay(ForwardTarget target, ClientConnection client, Exchange exchange, ClientWatch.Waiting waiting) {
		this.target = target;
		this.client = client;
		this.exchange = exchange;
		this.waiting = waiting;
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
		byte[] piece = new byte[PIECE];
		try {
			if (in.available() == 0 && body.getContentLength() != 0) {
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

	private int read(InputStream in, byte[] piece) throws IOException {
		this.waiting.begin();
		try {
			return in.read(piece);
		}
		catch (IOException ex) {
			throw this.waiting.hasLeft() ? ex : new SandboxLeftException(ex);
		}
		finally {
			this.waiting.end();
		}
	}

	private static final class SandboxLeftException extends IOException {

		SandboxLeftException(IOException cause) {
			super(cause.getMessage(), cause);
		}

	}

}
