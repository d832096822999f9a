package io.sandboxmanager.template;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.UnknownSandboxTypeException;

/**
 * The sandbox types that this server knows. It never changes while the server runs.
 * <p>
 * A type may have aliases, such as {@code base_async} for {@code base}. An alias is only
 * another way to ask: the template, and so the pool, the record and the type that a
 * caller is told, are those of the type itself.
 */
public final class TemplateCatalogue {

	private static final String BUILT_IN = "config/sandbox-types.yaml";

	private final Map<String, SandboxTemplate> types;

	private final Map<String, String> aliases;

	private final List<SandboxTemplate> defaults;

	private TemplateCatalogue(Map<String, SandboxTemplate> types, Map<String, String> aliases,
			List<SandboxTemplate> defaults) {
		this.types = types;
		this.aliases = aliases;
		this.defaults = defaults;
	}

	/**
	 * Reads the catalogue.
	 * @param poolSize members of a pool whose type says nothing of it
	 * @throws CatalogueException if it cannot be used, with all its mistakes
	 */
	public static TemplateCatalogue load(TemplateProperties properties, int poolSize) {
		Path file = properties.catalogue();
		String source = (file != null) ? file.toString() : BUILT_IN;
		Map<String, TypeDefinition> definitions = read(file, source);
		Inheritance inheritance = new Inheritance(definitions);
		Map<String, TypeDefinition> resolved = inheritance.types();
		Map<String, String> aliases = inheritance.aliases();
		if (!inheritance.mistakes().isEmpty()) {
			throw new CatalogueException(inheritance.mistakes().stream().map((line) -> source + ": " + line).toList());
		}
		return build(resolved, aliases, properties, poolSize);
	}

	private static Map<String, TypeDefinition> read(@Nullable Path file, String source) {
		try (InputStream yaml = open(file)) {
			if (yaml == null) {
				throw new CatalogueException(
						List.of("SANDBOX_TYPES=" + source + ": expected a readable YAML file of sandbox types"));
			}
			return new CatalogueReader(source).read(yaml);
		}
		catch (IOException ex) {
			throw new CatalogueException(List.of(source + ": cannot be read: " + ex.getMessage()));
		}
	}

	private static @Nullable InputStream open(@Nullable Path file) throws IOException {
		if (file != null) {
			return Files.isReadable(file) && Files.isRegularFile(file) ? Files.newInputStream(file) : null;
		}
		return TemplateCatalogue.class.getResourceAsStream("/" + BUILT_IN);
	}

	private static TemplateCatalogue build(Map<String, TypeDefinition> definitions, Map<String, String> aliases,
			TemplateProperties properties, int poolSize) {
		Set<String> defaults = defaultTypes(properties.defaultTypes(), definitions.keySet(), aliases);
		String first = defaults.iterator().next();
		TypeDefinition firstDefinition = definitions.get(first);
		String defaultImage = (firstDefinition != null) ? firstDefinition.image() : null;
		if (defaultImage == null) {
			throw new DefaultTypeException(List.of("DEFAULT_SANDBOX_TYPE=" + first
					+ ": expected a type with an image of its own first, since others use it"));
		}
		TemplateFactory factory = new TemplateFactory(properties, poolSize);
		Map<String, SandboxTemplate> types = new LinkedHashMap<>();
		definitions.forEach((name, definition) -> types.put(name,
				factory.create(name, definition, defaultImage, defaults.contains(name))));
		return new TemplateCatalogue(types, aliases,
				defaults.stream().map(types::get).filter(Objects::nonNull).toList());
	}

	private static Set<String> defaultTypes(List<String> names, Set<String> types, Map<String, String> aliases) {
		Set<String> defaults = new LinkedHashSet<>();
		List<String> mistakes = new ArrayList<>();
		for (String name : names) {
			String type = aliases.getOrDefault(name, name);
			if (types.contains(type)) {
				defaults.add(type);
			}
			else {
				mistakes.add("DEFAULT_SANDBOX_TYPE=" + name + ": expected one of " + String.join(", ", types));
			}
		}
		if (names.isEmpty()) {
			mistakes.add("DEFAULT_SANDBOX_TYPE: expected at least one of " + String.join(", ", types));
		}
		if (!mistakes.isEmpty()) {
			throw new DefaultTypeException(mistakes);
		}
		return defaults;
	}

	/**
	 * The template of a type.
	 * @param name a type or an alias, in exactly its case
	 * @throws UnknownSandboxTypeException if there is none
	 */
	public SandboxTemplate find(String name) {
		SandboxTemplate template = this.types.get(this.aliases.getOrDefault(name, name));
		if (template == null) {
			throw new UnknownSandboxTypeException(name);
		}
		return template;
	}

	/**
	 * How often a sandbox of a type is handed out; once if the type is unknown by now.
	 */
	public int maxUses(String type) {
		SandboxTemplate template = this.types.get(type);
		return (template != null) ? template.maxUses() : 1;
	}

	/**
	 * What of a type's sandboxes may be reached; nothing if the type is unknown by now.
	 */
	public Exposure exposureOf(String type) {
		SandboxTemplate template = this.types.get(type);
		return (template != null) ? template.exposure() : Exposure.NOTHING;
	}

	/**
	 * How long a session may leave the sandboxes of a type unused, of those that say it.
	 */
	public Map<String, Duration> idleTimes() {
		Map<String, Duration> times = new HashMap<>();
		this.types.forEach((type, template) -> template.idle().ifPresent((idle) -> times.put(type, idle)));
		return times;
	}

	/**
	 * By which path the agents of a type tell that they are ready, of those that say it.
	 */
	public Map<String, String> healthPaths() {
		Map<String, String> paths = new HashMap<>();
		this.types.forEach((type, template) -> template.health().ifPresent((path) -> paths.put(type, path)));
		return paths;
	}

	/** What a caller gets who names no type. */
	public SandboxTemplate defaultType() {
		return this.defaults.get(0);
	}

	/**
	 * The types that have a warm pool: the default types in their order, then those to
	 * which the catalogue gives one. Its bounds are in the template.
	 */
	public List<SandboxTemplate> pooledTypes() {
		Set<SandboxTemplate> pooled = new LinkedHashSet<>(this.defaults);
		this.types.values().stream().filter((template) -> template.pool().max() > 0).forEach(pooled::add);
		return List.copyOf(pooled);
	}

	/** All types in the order of the catalogue, without aliases. */
	public Collection<SandboxTemplate> types() {
		return List.copyOf(this.types.values());
	}

}
