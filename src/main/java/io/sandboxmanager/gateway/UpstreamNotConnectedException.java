package io.sandboxmanager.gateway;

/**
 * No connection to the sandbox came about, so nothing of the request was read or sent: it
 * can be forwarded elsewhere.
 */
public class UpstreamNotConnectedException extends UpstreamUnreachableException {

	public UpstreamNotConnectedException(ForwardTarget target, Exception cause) {
		super(target, cause);
	}

}
