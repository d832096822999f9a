package io.sandboxmanager.gateway;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.transport.EndpointConnections;

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

	private final CloseableHttpClient client;

	private final RequestConfig requests;

	private final ClientWatch watch;

	private final Shares shares;

	public HttpForwarder(GatewayProperties properties) {
		this.properties = properties;
		this.client = UpstreamClients.create(properties);
		this.requests = UpstreamClients.requests(properties);
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
		HttpUriRequestBase upstream = new HttpUriRequestBase(request.getMethod(), target.base());
		upstream.setPath(target.requestTarget());
		upstream.setConfig(EndpointConnections.leadTo(target.endpoint(), RequestConfig.copy(this.requests)).build());
		RequestHeaders.of(request, target).forEach(upstream::addHeader);
		ending.accept(upstream::cancel);
		try (ClientWatch.Waiting waiting = this.watch.watch(connection, upstream::cancel)) {
			ClassicHttpResponse answer = ask(target, upstream, body(request, upstream, waiting), connection, waiting);
			if (answer == null) {
				logger.debug("The client of {} left", target);
				connection.abort();
				return false;
			}
			new AnswerRelay(target, connection, upstream, waiting).send(answer, rewriter, response);
			return true;
		}
	}

	private @Nullable ForwardedBody body(HttpServletRequest request, HttpUriRequestBase upstream,
			ClientWatch.Waiting waiting) throws IOException {
		boolean chunked = request.getHeader("Transfer-Encoding") != null;
		long length = chunked ? -1 : request.getContentLengthLong();
		if (!chunked && length < 0) {
			awaitAnswer(waiting);
			return null;
		}
		return new ForwardedBody(request, length, new Upload(upstream, waiting));
	}

	/** The answer, its body not yet read, or {@code null} if the client left. */
	private @Nullable ClassicHttpResponse ask(ForwardTarget target, HttpUriRequestBase upstream,
			@Nullable ForwardedBody body, ClientConnection connection, ClientWatch.Waiting waiting) {
		URI base = target.base();
		HttpClientContext context = HttpClientContext.create();
		upstream.setEntity(body);
		InterimAnswers.to((status, headers) -> passOn(status, headers, connection, waiting), context);
		try {
			return this.client.executeOpen(new HttpHost(base.getScheme(), base.getHost(), target.port()), upstream,
					context);
		}
		catch (IOException | IllegalStateException ex) {
			if (waiting.hasLeft() || (body != null && body.isBroken())) {
				return null;
			}
			throw explain(target, context, waiting, ex);
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

	/**
	 * The client notes a connection before it sends anything over it. A request that was
	 * given up meanwhile may find itself in a state that it did not expect.
	 */
	private UpstreamException explain(ForwardTarget target, HttpClientContext context, ClientWatch.Waiting waiting,
			Exception ex) {
		Optional<ClientWatch.Limit> exceeded = waiting.exceeded();
		if (exceeded.isPresent()) {
			return new UpstreamSilentException(target, exceeded.get().demand(), exceeded.get().time(), ex);
		}
		if (ex instanceof IllegalStateException unexpected) {
			throw unexpected;
		}
		if (ex instanceof ConnectionRequestTimeoutException) {
			return busy(target, ex);
		}
		if (ex instanceof SocketTimeoutException && !(ex instanceof ConnectTimeoutException)) {
			return new UpstreamSilentException(target, "begin to answer", this.properties.firstByteTimeout(), ex);
		}
		return UpstreamNotConnectedException.isCause(ex, context) ? new UpstreamNotConnectedException(target, ex)
				: new UpstreamUnreachableException(target, ex);
	}

	private UpstreamBusyException busy(ForwardTarget target, @Nullable Exception cause) {
		String limit = this.properties.connectionsPerSandbox() + " requests to one sandbox, "
				+ this.properties.connections() + " to all";
		return new UpstreamBusyException(target, limit, cause);
	}

	@Override
	public void close() throws IOException {
		this.watch.close();
		this.client.close();
	}

	/** A body on its way, watched piece by piece. */
	private final class Upload implements ForwardedBody.Progress {

		private final HttpUriRequestBase upstream;

		private final ClientWatch.Waiting waiting;

		Upload(HttpUriRequestBase upstream, ClientWatch.Waiting waiting) {
			this.upstream = upstream;
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
			this.upstream.cancel();
		}

	}

}
