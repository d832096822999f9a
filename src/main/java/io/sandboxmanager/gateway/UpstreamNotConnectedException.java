package io.sandboxmanager.gateway;

import java.net.SocketException;

import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.protocol.HttpClientContext;

/**
 * No connection to the sandbox came about, so nothing of the request was read or sent: it
 * can be forwarded elsewhere.
 */
public class UpstreamNotConnectedException extends UpstreamUnreachableException {

	/**
	 * Whether a failure came before the connection over which it would have been sent.
	 */
	static boolean isCause(Exception failure, HttpClientContext context) {
		return context.getEndpointDetails() == null
				&& (failure instanceof ConnectTimeoutException || failure instanceof SocketException);
	}

	public UpstreamNotConnectedException(ForwardTarget target, Exception cause) {
		super(target, cause);
	}

}
