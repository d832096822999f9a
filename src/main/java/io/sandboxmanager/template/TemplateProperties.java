package io.sandboxmanager.template;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which sandboxes there are.
 *
 * @param defaultTypes types with a warm pool; the first one is used when a caller names
 * none
 * @param registry registry of the images, empty for the engine's default one
 * @param namespace namespace of the images
 * @param tag tag of the images
 * @param timeout limit of one request to a sandbox whose type says nothing of it
 * @param catalogue file with the types, or {@code null} for the one in the jar
 */
@ConfigurationProperties("sandbox-manager.template")
public record TemplateProperties(@DefaultValue("base") List<String> defaultTypes, @DefaultValue("") String registry,
		@DefaultValue("agentscope") String namespace, @DefaultValue("latest") String tag,
		@DefaultValue("60s") Duration timeout, @Nullable Path catalogue) {
}
