package io.sandboxmanager.gateway;

import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.DefaultConnectionKeepAliveStrategy;
import org.apache.hc.client5.http.impl.IdleConnectionEvictor;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

import io.sandboxmanager.transport.EndpointConnections;

/**
 * Connections to sandboxes, so many for each, kept for the next request. Requests use
 * them without a client above, which would look at each for redirects, cookies and
 * credentials: none of that is for this server to handle. A read or a write has no time
 * limit of its own, which takes twice the system calls; whoever sends a request cancels
 * it in time.
 */
final class SandboxConnections implements AutoCloseable {

	private final PoolingHttpClientConnectionManager pool;

	private final IdleConnectionEvictor evictor;

	private final int each;

	private final Timeout queueTimeout;

	private final TimeValue keepAlive;

	SandboxConnections(GatewayProperties properties) {
		this.pool = pool(properties);
		this.each = properties.connectionsPerSandbox();
		this.queueTimeout = Timeout.of(properties.queueTimeout());
		this.keepAlive = TimeValue.of(properties.keepAlive());
		this.evictor = new IdleConnectionEvictor(this.pool, this.keepAlive, this.keepAlive);
		this.evictor.start();
	}

	private static PoolingHttpClientConnectionManager pool(GatewayProperties properties) {
		ConnectionConfig connection = ConnectionConfig.custom()
			.setConnectTimeout(Timeout.of(properties.connectTimeout()))
			.setSocketTimeout(Timeout.DISABLED)
			.setValidateAfterInactivity(TimeValue.NEG_ONE_MILLISECOND)
			.build();
		return EndpointConnections.pool()
			.setConnectionFactory(SandboxConnection::of)
			.setDefaultConnectionConfig(connection)
			.setDefaultSocketConfig(SocketConfig.custom().setTcpNoDelay(true).setSoKeepAlive(true).build())
			.setMaxConnPerRoute(properties.connectionsPerSandbox())
			.setMaxConnTotal(properties.connections())
			.build();
	}

	/** A request that is not sent yet, and has no headers. */
	Exchange exchange(ForwardTarget target, String method) {
		return new Exchange(this, target, method);
	}

	PoolingHttpClientConnectionManager pool() {
		return this.pool;
	}

	/** How many may be open to one sandbox. */
	int each() {
		return this.each;
	}

	/** How long a request waits for a connection. */
	Timeout queueTimeout() {
		return this.queueTimeout;
	}

	/**
	 * How long a connection is kept: the time that the sandbox names, if it is shorter.
	 */
	TimeValue keepAlive(HttpResponse answer, HttpContext context) {
		TimeValue named = DefaultConnectionKeepAliveStrategy.INSTANCE.getKeepAliveDuration(answer, context);
		return (named.getDuration() > 0 && named.compareTo(this.keepAlive) < 0) ? named : this.keepAlive;
	}

	@Override
	public void close() {
		this.evictor.shutdown();
		this.pool.close();
	}

}
