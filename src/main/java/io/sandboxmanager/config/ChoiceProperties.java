package io.sandboxmanager.config;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which implementations the server is made of; the wiring has one exhaustive
 * {@code switch} for each.
 *
 * @param backend what runs the containers, or {@code null} to take what there is
 * @param store where the state is kept
 * @param storage where workspaces are brought from and carried back to
 */
@ConfigurationProperties("sandbox-manager")
record ChoiceProperties(@Nullable BackendKind backend, @DefaultValue("memory") StoreKind store,
		@DefaultValue("local") StorageKind storage) {
}
