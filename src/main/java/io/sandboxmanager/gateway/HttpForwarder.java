package io.sandboxmanager.gateway;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forwards HTTP requests to sandboxes. Bodies are streamed both ways in pieces of fixed
 * size, each sent on when it is read, and never held as a whole. Whichever side leaves,
 * the other learns it: a client that leaves ends the request to the sandbox, also while
 * the sandbox is silent, and a sandbox that leaves in the middle of its answer ends the
 * client's connection.
 */
public class HttpForwarder implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(HttpForwarder.class);

	/** For each request to a sandbox that is under way one may wait for its end. */
	private static final int QUEUED = 2;

	private final GatewayProperties properties;

	private final SandboxConnections connections;

	private final ClientWatch watch;

	private final Shares shares;

	public HttpForwarder(GatewayProperties properties) {
		this.properties = properties;
		this.connections = new SandboxConnections(properties);
		this.watch = new ClientWatch(properties.clientCheckInterval());
		this.shares = new Shares(QUEUED * properties.connectionsPerSandbox());
	}

	/**
	 * Forwards a request and its answer. Returns when the answer is complete or one of
	 * the two sides has left.
	 * @param ending gets what ends the request early, whoever runs it
	 * @return whether the sandbox has answered, rather than the client left before
	 * @throws UpstreamException when there is no answer; the response is untouched
	 */
	public boolean forward(ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response, Consumer<Runnable> ending) throws IOException {
		if (!this.shares.take(target)) {
			throw busy(target, null);
		}
		try {
			return forwardAdmitted(target, rewriter, request, response, ending);
		}
		finally {
			this.shares.giveBack(target);
		}
	}

	private boolean forwardAdmitted(ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response, Consumer<Runnable> ending) throws IOException {
		ClientConnection connection = ClientConnection.of(request);
		connection.patience(this.properties.clientTimeout());
		try (Exchange exchange = this.connections.exchange(target, request.getMethod());
				ClientWatch.Waiting waiting = this.watch.watch(connection, exchange::cancel)) {
			RequestHeaders.of(request, target).forEach(exchange::addHeader);
			ending.accept(exchange::cancel);
			ClassicHttpResponse answer = ask(target, exchange, body(request, exchange, waiting), connection, waiting);
			if (answer == null) {
				logger.debug("The client of {} left", target);
				connection.abort();
				return false;
			}
			new AnswerRelay(target, connection, exchange, waiting, this.properties.idleTimeout()).send(answer, rewriter,
					response);
			return true;
		}
	}

	private @Nullable ForwardedBody body(HttpServletRequest request, Exchange exchange, ClientWatch.Waiting waiting)
			throws IOException {
		boolean chunked = request.getHeader("Transfer-Encoding") != null;
		long length = chunked ? -1 : request.getContentLengthLong();
		if (!chunked && length < 0) {
			awaitAnswer(waiting);
			return null;
		}
		return new ForwardedBody(request, length, new Upload(exchange, waiting));
	}

	/** The answer, its body not yet read, or {@code null} if the client left. */
	private @Nullable ClassicHttpResponse ask(ForwardTarget target, Exchange exchange, @Nullable ForwardedBody body,
			ClientConnection connection, ClientWatch.Waiting waiting) {
		try {
			return exchange.send(body, (status, headers) -> passOn(status, headers, connection, waiting));
		}
		catch (IOException ex) {
			if (waiting.hasLeft() || (body != null && body.isBroken())) {
				return null;
			}
			throw explain(target, exchange, waiting, ex);
		}
		finally {
			waiting.end();
			waiting.lift();
		}
	}

	/** A client that left is noticed by the watch. */
	private static void passOn(int status, List<Header> headers, ClientConnection connection,
			ClientWatch.Waiting waiting) {
		if (!connection.isCurrent()) {
			return;
		}
		waiting.end();
		try {
			connection.interim(status, ResponseHeaders.interim(headers));
		}
		catch (IOException ex) {
			logger.debug("An interim answer reached nobody: {}", ex.getMessage());
		}
		waiting.begin();
	}

	private void awaitAnswer(ClientWatch.Waiting waiting) {
		waiting.limit(this.properties.firstByteTimeout(), "begin to answer");
		waiting.begin();
	}

	private UpstreamException explain(ForwardTarget target, Exchange exchange, ClientWatch.Waiting waiting,
			IOException ex) {
		Optional<ClientWatch.Limit> exceeded = waiting.exceeded();
		if (exceeded.isPresent()) {
			return new UpstreamSilentException(target, exceeded.get().demand(), exceeded.get().time(), ex);
		}
		if (ex instanceof ConnectionRequestTimeoutException) {
			return busy(target, ex);
		}
		return UpstreamNotConnectedException.isCause(ex, exchange) ? new UpstreamNotConnectedException(target, ex)
				: new UpstreamUnreachableException(target, ex);
	}

	private UpstreamBusyException busy(ForwardTarget target, @Nullable Exception cause) {
		String limit = this.properties.connectionsPerSandbox() + " requests to one sandbox, "
				+ this.properties.connections() + " to all";
		return new UpstreamBusyException(target, limit, cause);
	}

	@Override
	public void close() {
		this.watch.close();
		this.connections.close();
	}

	/** A body on its way, watched piece by piece. */
	private final class Upload implements ForwardedBody.Progress {

		private final Exchange exchange;

		private final ClientWatch.Waiting waiting;

		Upload(Exchange exchange, ClientWatch.Waiting waiting) {
			this.exchange = exchange;
			this.waiting = waiting;
		}

		@Override
		public void sending() {
			this.waiting.limit(HttpForwarder.this.properties.idleTimeout(), "take a piece of the body");
			this.waiting.begin();
		}

		@Override
		public void taken() {
			this.waiting.end();
			this.waiting.lift();
		}

		@Override
		public void sent() {
			awaitAnswer(this.waiting);
		}

		@Override
		public void broken() {
			this.exchange.cancel();
		}

	}

}
