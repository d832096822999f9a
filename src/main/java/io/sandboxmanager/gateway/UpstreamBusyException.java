package io.sandboxmanager.gateway;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/** So much is under way that this request is not begun. */
public class UpstreamBusyException extends UpstreamException {

	private static final int SERVICE_UNAVAILABLE = 503;

	public UpstreamBusyException(ForwardTarget target, String limit, @Nullable Exception cause) {
		super(SERVICE_UNAVAILABLE, target + " takes no more requests now: " + limit, cause);
	}

	@Override
	public Optional<String> retryAfter() {
		return Optional.of("1");
	}

}
