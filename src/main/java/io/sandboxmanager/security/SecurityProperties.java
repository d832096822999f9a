package io.sandboxmanager.security;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may use the server.
 *
 * @param bearerToken what callers must present; empty lets everybody in
 * @param allowUnauthenticated whether the server may listen beyond loopback without a
 * token
 * @param desktopRequiresAuth whether {@code /desktop} wants the token, a ticket or the
 * sandbox's password
 * @param maxTicketLifetime how long a ticket for a sandbox lasts at most
 */
@ConfigurationProperties("sandbox-manager.security")
public record SecurityProperties(@Nullable String bearerToken, @DefaultValue("false") boolean allowUnauthenticated,
		@DefaultValue("true") boolean desktopRequiresAuth, @DefaultValue("24h") Duration maxTicketLifetime) {

	/** Hides the token. */
	@Override
	public String toString() {
		return "SecurityProperties[token " + ((this.bearerToken != null) ? "set" : "not set") + "]";
	}

}
