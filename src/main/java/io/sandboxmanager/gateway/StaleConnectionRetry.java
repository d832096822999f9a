package io.sandboxmanager.gateway;

import java.io.IOException;

import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;

/**
 * Takes another connection when a kept one turned out to be closed before anything was
 * sent. Nothing is ever sent twice.
 */
final class StaleConnectionRetry implements HttpRequestRetryStrategy {

	private final int keptConnections;

	StaleConnectionRetry(int keptConnections) {
		this.keptConnections = keptConnections;
	}

	@Override
	public boolean retryRequest(HttpRequest request, IOException exception, int count, HttpContext context) {
		return exception instanceof StaleConnectionException && count <= this.keptConnections;
	}

	@Override
	public boolean retryRequest(HttpResponse response, int count, HttpContext context) {
		return false;
	}

	@Override
	public TimeValue getRetryInterval(HttpResponse response, int count, HttpContext context) {
		return TimeValue.ZERO_MILLISECONDS;
	}

}
