package io.sandboxmanager.runtime;

import java.time.Duration;

import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

import io.sandboxmanager.transport.EndpointConnections;

/**
 * The connections to sandboxes. They follow no redirect, keep no cookie and try nothing
 * twice: what answers at the other end is not trusted, and what a tool does cannot be
 * undone.
 */
final class AgentConnections {

	/**
	 * How long an unused connection is kept: less than servers usually keep theirs, and
	 * short enough that few are left of sandboxes that are gone.
	 */
	private static final TimeValue KEEP = TimeValue.ofSeconds(3);

	/**
	 * A connection is looked at before anything is sent over it: an agent that is reset
	 * breaks off all but one.
	 */
	private static final TimeValue CHECK_AFTER = TimeValue.ZERO_MILLISECONDS;

	private AgentConnections() {
	}

	/** For calls: connections are used again. */
	static CloseableHttpClient forCalls(RuntimeProperties properties) {
		return builder(properties, properties.connectTimeout()).evictExpiredConnections()
			.evictIdleConnections(KEEP)
			.setConnectionReuseStrategy(DefaultConnectionReuseStrategy.INSTANCE)
			.build();
	}

	/**
	 * For health probes: each has a connection of its own, so that it says something
	 * about now, and waits for no call.
	 */
	static CloseableHttpClient forProbes(RuntimeProperties properties) {
		return builder(properties, properties.probeConnectTimeout())
			.setConnectionReuseStrategy((request, response, context) -> false)
			.build();
	}

	private static HttpClientBuilder builder(RuntimeProperties properties, Duration connectTimeout) {
		ConnectionConfig connection = ConnectionConfig.custom()
			.setConnectTimeout(Timeout.of(connectTimeout))
			.setIdleTimeout(Timeout.ofMilliseconds(KEEP.toMilliseconds()))
			.setValidateAfterInactivity(CHECK_AFTER)
			.build();
		return HttpClientBuilder.create()
			.setConnectionManager(EndpointConnections.pool()
				.setMaxConnPerRoute(properties.connectionsPerSandbox())
				.setMaxConnTotal(properties.connections())
				.setDefaultConnectionConfig(connection)
				.build())
			.setUserAgent("sandbox-manager")
			.disableAuthCaching()
			.disableAutomaticRetries()
			.disableContentCompression()
			.disableCookieManagement()
			.disableRedirectHandling();
	}

}
