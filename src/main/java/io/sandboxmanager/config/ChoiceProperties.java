package io.sandboxmanager.config;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which implementations the server is made of; the wiring has one exhaustive
 * {@code switch} for each.
 *
 * @param backend what runs the containers
 * @param store where the state is kept
 * @param storage where workspaces are brought from and carried back to
 */
@ConfigurationProperties("sandbox-manager")
record ChoiceProperties(@DefaultValue("docker") BackendKind backend, @DefaultValue("memory") StoreKind store,
		@DefaultValue("local") StorageKind storage) {
}
