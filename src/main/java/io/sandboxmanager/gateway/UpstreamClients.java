package io.sandboxmanager.gateway;

import java.time.Duration;

import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultConnectionKeepAliveStrategy;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

import io.sandboxmanager.transport.EndpointConnections;

/**
 * Makes an HTTP client that adds nothing of its own to a request and leaves an answer as
 * it is.
 */
final class UpstreamClients {

	private UpstreamClients() {
	}

	static CloseableHttpClient create(GatewayProperties properties) {
		return HttpClientBuilder.create()
			.setConnectionManager(connections(properties))
			.setRequestExecutor(new InterimAnswers())
			.setRetryStrategy(new StaleConnectionRetry(properties.connectionsPerSandbox()))
			.setKeepAliveStrategy(keepAlive(properties.keepAlive()))
			.evictIdleConnections(TimeValue.of(properties.keepAlive()))
			.disableRedirectHandling()
			.disableContentCompression()
			.disableCookieManagement()
			.disableAuthCaching()
			.disableConnectionState()
			.disableDefaultUserAgent()
			.build();
	}

	/** What holds for each request, wherever it is led. */
	static RequestConfig requests(GatewayProperties properties) {
		return RequestConfig.custom()
			.setConnectionRequestTimeout(Timeout.of(properties.queueTimeout()))
			.setResponseTimeout(Timeout.of(properties.firstByteTimeout()))
			.setExpectContinueEnabled(false)
			.setAuthenticationEnabled(false)
			.setProtocolUpgradeEnabled(false)
			.build();
	}

	private static PoolingHttpClientConnectionManager connections(GatewayProperties properties) {
		ConnectionConfig connection = ConnectionConfig.custom()
			.setConnectTimeout(Timeout.of(properties.connectTimeout()))
			.setSocketTimeout(Timeout.of(properties.idleTimeout()))
			.setValidateAfterInactivity(TimeValue.NEG_ONE_MILLISECOND)
			.build();
		return EndpointConnections.pool()
			.setConnectionFactory(SandboxConnection.factory(properties))
			.setDefaultConnectionConfig(connection)
			.setDefaultSocketConfig(SocketConfig.custom().setTcpNoDelay(true).setSoKeepAlive(true).build())
			.setMaxConnPerRoute(properties.connectionsPerSandbox())
			.setMaxConnTotal(properties.connections())
			.build();
	}

	/** The time that the sandbox names, if it is shorter. */
	private static DefaultConnectionKeepAliveStrategy keepAlive(Duration longest) {
		TimeValue limit = TimeValue.of(longest);
		return new DefaultConnectionKeepAliveStrategy() {

			@Override
			public TimeValue getKeepAliveDuration(HttpResponse response, HttpContext context) {
				TimeValue named = super.getKeepAliveDuration(response, context);
				return (named.getDuration() > 0 && named.compareTo(limit) < 0) ? named : limit;
			}

		};
	}

}
