package io.sandboxmanager.gateway;

/** The sandbox refused the connection, or broke it off before it answered. */
public class UpstreamUnreachableException extends UpstreamException {

	private static final int BAD_GATEWAY = 502;

	public UpstreamUnreachableException(ForwardTarget target, Exception cause) {
		super(BAD_GATEWAY, target + " cannot be reached: " + describe(cause), cause);
	}

	private static String describe(Exception cause) {
		return (cause.getMessage() != null) ? cause.getMessage() : cause.getClass().getSimpleName();
	}

}
