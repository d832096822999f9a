package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletResponse;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
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

	private final HttpUriRequestBase upstream;

	private final ClientWatch.Waiting waiting;

	AnswerRelay(ForwardTarget target, ClientConnection client, HttpUriRequestBase upstream,
			ClientWatch.Waiting waiting) {
		this.target = target;
		this.client = client;
		this.upstream = upstream;
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
			if (!complete) {
				this.upstream.cancel();
				this.client.abort();
			}
			close(answer);
		}
	}

	/** A body that is only told of has a length, too. */
	private void tellLength(ClassicHttpResponse answer, HttpServletResponse response) {
		Header length = answer.getFirstHeader("Content-Length");
		if (HEAD.equals(this.upstream.getMethod()) && length != null && LENGTH.matcher(length.getValue()).matches()) {
			response.setContentLengthLong(Long.parseLong(length.getValue()));
		}
	}

	/** Closing one that was cancelled looks for its rest and does not find it. */
	private void close(ClassicHttpResponse answer) {
		try {
			answer.close();
		}
		catch (IOException ex) {
			logger.debug("The answer of {} was closed early: {}", this.target, ex.getMessage());
		}
	}

	private boolean sendBody(HttpEntity body, HttpServletResponse response) throws IOException {
		if (body.getContentLength() >= 0) {
			response.setContentLengthLong(body.getContentLength());
		}
		else {
			carryTrailers(body, response);
		}
		InputStream in = body.getContent();
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

	/** They are known when the body has been read. */
	private void carryTrailers(HttpEntity body, HttpServletResponse response) {
		Supplier<List<? extends Header>> trailers = body.getTrailers();
		if (trailers != null && this.client.isCurrent()) {
			response.setTrailerFields(() -> Trailers.of(trailers.get()));
		}
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
