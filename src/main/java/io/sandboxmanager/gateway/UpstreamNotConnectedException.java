package io.sandboxmanager.gateway;

import java.net.SocketException;

import org.apache.hc.client5.http.ConnectTimeoutException;

/**
 * No connection to the sandbox came about, so nothing of the request was read or sent: it
 * can be forwarded elsewhere.
 */
public class UpstreamNotConnectedException extends UpstreamUnreachableException {

	/**
	 * Whether a failure came before the connection over which it would have been sent.
	 */
	static boolean isCause(Exception failure, Exchange exchange) {
		return !exchange.isConnected()
				&& (failure instanceof ConnectTimeoutException || failure instanceof SocketException);
	}

	public UpstreamNotConnectedException(ForwardTarget target, Exception cause) {
		super(target, cause);
	}

}
