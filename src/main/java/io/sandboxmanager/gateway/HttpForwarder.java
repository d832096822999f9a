package io.sandboxmanager.gateway;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpHost;
import io.sandboxmanager.transport.EndpointConnections;

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

	private final GatewayProperties properties;

	private final CloseableHttpClient client;

	private final RequestConfig requests;

	private final ClientWatch watch;

	public HttpForwarder(GatewayProperties properties) {
		this.properties = properties;
		this.client = UpstreamClients.create(properties);
		this.requests = UpstreamClients.requests(properties);
		this.watch = new ClientWatch(properties.clientCheckInterval());
	}

	/**
	 * Forwards a request and its answer. Returns when the answer is complete or one of
	 * the two sides has left.
	 * @return whether the sandbox has answered, rather than the client left before
	 * @throws UpstreamException when there is no answer; the response is untouched
	 */
	public boolean forward(ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response) throws IOException {
		ClientConnection connection = ClientConnection.of(request);
		connection.patience(this.properties.clientTimeout());
		HttpUriRequestBase upstream = new HttpUriRequestBase(request.getMethod(), target.base());
		upstream.setPath(target.requestTarget());
		upstream.setConfig(EndpointConnections.leadTo(target.endpoint(), RequestConfig.copy(this.requests)).build());
		RequestHeaders.of(request, target).forEach(upstream::addHeader);
		try (ClientWatch.Waiting waiting = this.watch.watch(connection, upstream::cancel)) {
			ClassicHttpResponse answer = ask(target, upstream, body(request, upstream, waiting), waiting);
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
			waiting.begin();
			return null;
		}
		return new ForwardedBody(request.getInputStream(), length, upstream::cancel, waiting::begin);
	}

	/** The answer, its body not yet read, or {@code null} if the client left. */
	private @Nullable ClassicHttpResponse ask(ForwardTarget target, HttpUriRequestBase upstream,
			@Nullable ForwardedBody body, ClientWatch.Waiting waiting) {
		URI base = target.base();
		HttpClientContext context = HttpClientContext.create();
		upstream.setEntity(body);
		try {
			return this.client.executeOpen(new HttpHost(base.getScheme(), base.getHost(), target.port()), upstream,
					context);
		}
		catch (IOException ex) {
			if (waiting.hasLeft() || (body != null && body.isBroken())) {
				return null;
			}
			throw explain(target, context, ex);
		}
		finally {
			waiting.end();
		}
	}

	/** The client notes a connection before it sends anything over it. */
	private UpstreamException explain(ForwardTarget target, HttpClientContext context, IOException ex) {
		if (ex instanceof ConnectionRequestTimeoutException) {
			String limit = this.properties.connectionsPerSandbox() + " requests to one sandbox, "
					+ this.properties.connections() + " to all";
			return new UpstreamBusyException(target, limit, ex);
		}
		if (ex instanceof SocketTimeoutException && !(ex instanceof ConnectTimeoutException)) {
			return new UpstreamSilentException(target, this.properties.idleTimeout(), ex);
		}
		boolean unconnected = context.getEndpointDetails() == null
				&& (ex instanceof ConnectTimeoutException || ex instanceof SocketException);
		return unconnected ? new UpstreamNotConnectedException(target, ex)
				: new UpstreamUnreachableException(target, ex);
	}

	@Override
	public void close() throws IOException {
		this.watch.close();
		this.client.close();
	}

}
