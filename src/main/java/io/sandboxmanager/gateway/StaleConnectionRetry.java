package io.sandboxmanager.gateway;

import java.io.IOException;

import org.apache.hc.client5.http.HttpRequestRetryStrategy;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.Method;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;

/**
 * Asks once more when a kept connection turned out to be closed and the request changes
 * nothing. Nothing else is ever sent twice.
 */
final class StaleConnectionRetry implements HttpRequestRetryStrategy {

	@Override
	public boolean retryRequest(HttpRequest request, IOException exception, int count, HttpContext context) {
		EndpointDetails connection = HttpClientContext.cast(context).getEndpointDetails();
		boolean reused = connection != null && connection.getRequestCount() > 1;
		return count == 1 && reused && exception instanceof NoHttpResponseException
				&& Method.GET.isSame(request.getMethod());
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
