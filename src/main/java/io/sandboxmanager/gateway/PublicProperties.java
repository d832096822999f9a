package io.sandboxmanager.gateway;

import java.net.URI;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Under which address others see this server.
 *
 * @param url the address itself, if it is always the same
 * @param trustedProxies addresses and networks of those that may say so of a request
 * @param sandboxDomain below which sandboxes have hosts of their own, if they have
 */
@ConfigurationProperties("sandbox-manager.public")
public record PublicProperties(@Nullable URI url, @DefaultValue List<String> trustedProxies,
		@Nullable String sandboxDomain) {
}
