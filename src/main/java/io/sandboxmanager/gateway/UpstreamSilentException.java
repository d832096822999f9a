package io.sandboxmanager.gateway;

import java.time.Duration;

/** The sandbox took the request and did not answer in time. */
public class UpstreamSilentException extends UpstreamException {

	private static final int GATEWAY_TIMEOUT = 504;

	public UpstreamSilentException(ForwardTarget target, String demand, Duration limit, Exception cause) {
		super(GATEWAY_TIMEOUT, target + " " + failure(demand, limit), cause);
	}

	/** What the sandbox did wrong, to be said after its name. */
	static String failure(String demand, Duration limit) {
		return "did not " + demand + " within " + limit.toMillis() + " ms";
	}

}
