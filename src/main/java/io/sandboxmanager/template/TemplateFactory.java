package io.sandboxmanager.template;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.SandboxTemplate;

/** Makes templates of definitions: fills in defaults and names images. */
final class TemplateFactory {

	/** Images of this name are placed by registry, namespace and tag. */
	private static final String OUR_IMAGES = "runtime-sandbox-";

	private static final int AGENT_PORT = 80;

	private final TemplateProperties properties;

	private final int poolSize;

	TemplateFactory(TemplateProperties properties, int poolSize) {
		this.properties = properties;
		this.poolSize = poolSize;
	}

	/**
	 * @param defaultImage the image of a type that has none of its own
	 * @param pooled whether it has a pool when it says nothing of it
	 */
	SandboxTemplate create(String type, TypeDefinition definition, String defaultImage, boolean pooled) {
		String image = (definition.image() != null) ? definition.image() : defaultImage;
		return TemplateHash.seal(new SandboxTemplate(type, fullName(image), definition.environment(),
				definition.limits().resolve(), (definition.agentPort() != null) ? definition.agentPort() : AGENT_PORT,
				(definition.timeout() != null) ? definition.timeout() : this.properties.timeout(),
				(definition.profile() != null) ? definition.profile() : IsolationProfile.AUTO,
				bounds(definition, pooled), or(definition.maxInstances(), 0), or(definition.maxUses(), 1),
				Optional.ofNullable(definition.idle()), Optional.ofNullable(definition.health()),
				definition.opened().resolve(), ""));
	}

	private static int or(@Nullable Integer given, int usual) {
		return (given != null) ? given : usual;
	}

	private String fullName(String image) {
		if (!image.startsWith(OUR_IMAGES) || image.contains("/") || image.contains(":") || image.contains("@")) {
			return image;
		}
		String registry = this.properties.registry().isEmpty() ? "" : this.properties.registry() + "/";
		return registry + this.properties.namespace() + "/" + image + ":" + this.properties.tag();
	}

	/** Where sandboxes are reused there is room for as many again that came back. */
	private SandboxTemplate.PoolBounds bounds(TypeDefinition definition, boolean pooled) {
		TypeDefinition.Pool pool = definition.pool();
		int usual = pooled ? this.poolSize : 0;
		Integer least = (pool != null) ? pool.min() : null;
		Integer most = (pool != null) ? pool.max() : null;
		int min = (least != null) ? least : (most != null) ? Math.min(usual, most) : usual;
		boolean reused = or(definition.maxUses(), 1) > 1;
		return new SandboxTemplate.PoolBounds(min, (most != null) ? most : reused ? 2 * min : min);
	}

}
