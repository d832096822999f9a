package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.io.ConnectionEndpoint;
import org.apache.hc.client5.http.io.LeaseRequest;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.DefaultHttpProcessor;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http.protocol.RequestConnControl;
import org.apache.hc.core5.http.protocol.RequestContent;
import org.apache.hc.core5.http.protocol.RequestTargetHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.transport.EndpointConnections;

/**
 * A request to a sandbox and its answer, over one of the connections to it. Nothing is
 * added to the request but what frames it, and the answer is left as it is. Whoever makes
 * one closes it, however it ends.
 */
final class Exchange implements AutoCloseable {

	private static final HttpRequestExecutor executor = new HttpRequestExecutor();

	private static final HttpProcessor framing = new DefaultHttpProcessor(RequestTargetHost.INSTANCE,
			RequestContent.INSTANCE, RequestConnControl.INSTANCE);

	private final SandboxConnections connections;

	private final String name;

	private final HttpRoute route;

	private final HttpUriRequestBase request;

	private final HttpClientContext context = HttpClientContext.create();

	/**
	 * Whoever takes it out gives it back to the pool: this thread, or one that cancels.
	 */
	private final AtomicReference<@Nullable ConnectionEndpoint> endpoint = new AtomicReference<>();

	private boolean connected;

	private @Nullable TimeValue keepAlive;

	Exchange(SandboxConnections connections, ForwardTarget target, String method) {
		this.connections = connections;
		this.name = target.name();
		this.route = EndpointConnections.route(target.endpoint());
		this.request = new HttpUriRequestBase(method, target.base());
		this.request.setPath(target.requestTarget());
	}

	String method() {
		return this.request.getMethod();
	}

	void addHeader(Header header) {
		this.request.addHeader(header);
	}

	/**
	 * Sends the request and waits for the head of its answer. A kept connection that
	 * turns out to be closed before anything was sent is replaced by another; nothing is
	 * ever sent twice.
	 * @param interim gets answers such as {@code 103 Early Hints} that come before, but
	 * not {@code 100 Continue}, which belongs to the connection
	 * @throws ConnectionRequestTimeoutException when all connections remained in use
	 */
	ClassicHttpResponse send(@Nullable HttpEntity body, InterimAnswers interim) throws IOException {
		this.request.setEntity(body);
		try {
			framing.process(this.request, body, this.context);
			return sendOnce(interim);
		}
		catch (HttpException ex) {
			throw new ClientProtocolException(ex.getMessage(), ex);
		}
		catch (RuntimeException ex) {
			if (!isCancelled()) {
				throw ex;
			}
			throw new IOException("the request was given up", ex); // in whatever state
		}
	}

	private ClassicHttpResponse sendOnce(InterimAnswers interim) throws IOException, HttpException {
		for (int stale = 0;; stale++) {
			try {
				return attempt(interim);
			}
			catch (StaleConnectionException ex) {
				close();
				if (stale == this.connections.each()) {
					throw ex;
				}
			}
		}
	}

	private ClassicHttpResponse attempt(InterimAnswers interim) throws IOException, HttpException {
		this.connected = false;
		ConnectionEndpoint endpoint = lease();
		if (!endpoint.isConnected()) {
			this.connections.pool().connect(endpoint, null, this.context);
		}
		this.connected = true;
		HttpResponseInformationCallback receiver = (head, connection, context) -> pass(head, interim);
		ClassicHttpResponse answer = endpoint.execute(this.name, this.request,
				(request, connection, context) -> executor.execute(request, connection, receiver, context),
				this.context);
		this.keepAlive = keepAlive(answer);
		return answer;
	}

	private ConnectionEndpoint lease() throws IOException {
		LeaseRequest lease = this.connections.pool()
			.lease(this.name, this.route, this.connections.queueTimeout(), null);
		this.request.setDependency(lease);
		try {
			ConnectionEndpoint endpoint = lease.get(this.connections.queueTimeout());
			this.endpoint.set(endpoint);
			this.request.setDependency(this::discard);
			return endpoint;
		}
		catch (TimeoutException ex) {
			lease.cancel();
			throw new ConnectionRequestTimeoutException(ex.getMessage());
		}
		catch (InterruptedException ex) {
			lease.cancel();
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("interrupted while waiting for a connection");
		}
		catch (ExecutionException ex) {
			lease.cancel();
			throw new IOException("no connection can be had", ex);
		}
	}

	private static void pass(HttpResponse head, InterimAnswers interim) {
		if (head.getCode() > HttpStatus.SC_SWITCHING_PROTOCOLS) {
			interim.receive(head.getCode(), List.of(head.getHeaders()));
		}
	}

	private @Nullable TimeValue keepAlive(ClassicHttpResponse answer) {
		return DefaultConnectionReuseStrategy.INSTANCE.keepAlive(this.request, answer, this.context)
				? this.connections.keepAlive(answer, this.context) : null;
	}

	/** Whether there was a connection, so that something may have been sent. */
	boolean isConnected() {
		return this.connected;
	}

	/** The answer was read to its end: another request may have the connection. */
	void finish() {
		TimeValue time = this.keepAlive;
		if (time == null) {
			close();
			return;
		}
		ConnectionEndpoint endpoint = this.endpoint.getAndSet(null);
		if (endpoint != null) {
			this.connections.pool().release(endpoint, null, time);
		}
	}

	/**
	 * Gives the exchange up, from any thread and at any time. One that waits for a
	 * connection or for the sandbox fails.
	 */
	void cancel() {
		this.request.cancel();
	}

	boolean isCancelled() {
		return this.request.isCancelled();
	}

	/** Closes the connection, unless the exchange was finished. */
	@Override
	public void close() {
		discard();
	}

	private boolean discard() {
		ConnectionEndpoint endpoint = this.endpoint.getAndSet(null);
		if (endpoint == null) {
			return false;
		}
		try {
			endpoint.close(CloseMode.IMMEDIATE);
		}
		finally {
			this.connections.pool().release(endpoint, null, TimeValue.ZERO_MILLISECONDS);
		}
		return true;
	}

	/** Receives the answers that a sandbox gives before its answer. */
	@FunctionalInterface
	interface InterimAnswers {

		void receive(int status, List<Header> headers);

	}

}
