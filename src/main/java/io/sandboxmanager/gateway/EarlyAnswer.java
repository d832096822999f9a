package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;

import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.ResponseOutOfOrderStrategy;

/**
 * Stops sending a body that the sandbox has answered already, for instance because it is
 * too large. Only where the length was announced: a body in chunks would look complete.
 */
final class EarlyAnswer implements ResponseOutOfOrderStrategy {

	@Override
	public boolean isEarlyResponseDetected(ClassicHttpRequest request, HttpClientConnection connection,
			InputStream answer, long sent, long next) throws IOException {
		return !request.getEntity().isChunked() && answer.available() > 0;
	}

}
