package io.sandboxmanager.template;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

import io.sandboxmanager.sandbox.Exposure;

/**
 * Reads the types from YAML. It accepts and refuses what
 * {@code config/sandbox-types.schema.json} does, and words the mistakes for people.
 */
final class CatalogueReader {

	private static final YAMLMapper YAML = YAMLMapper
		.builder(YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.build();

	/**
	 * How often a sandbox is handed out that may be reused, unless its type says more.
	 */
	private static final int USUAL_MAX_USES = 50;

	private final String source;

	private final List<String> mistakes = new ArrayList<>();

	/** A reader of a file that its messages call {@code source}. */
	CatalogueReader(String source) {
		this.source = source;
	}

	/**
	 * The types in the order of the file.
	 * @throws CatalogueException if there is any mistake
	 */
	Map<String, TypeDefinition> read(InputStream yaml) throws IOException {
		JsonNode root = parse(yaml);
		Map<String, TypeDefinition> types = new LinkedHashMap<>();
		Fields top = Fields.of("catalogue", root, this.mistakes, "types");
		JsonNode entries = top.node("types");
		if (entries == null || !entries.isObject() || entries.isEmpty()) {
			this.mistakes.add("types: expected a mapping of type names to their fields");
		}
		else {
			entries.properties().forEach((entry) -> types.put(entry.getKey(), type(entry.getKey(), entry.getValue())));
		}
		if (!this.mistakes.isEmpty()) {
			throw new CatalogueException(this.mistakes.stream().map((line) -> this.source + ": " + line).toList());
		}
		return types;
	}

	private JsonNode parse(InputStream yaml) throws IOException {
		try {
			return YAML.readTree(yaml.readAllBytes());
		}
		catch (JacksonException ex) {
			String what = String.valueOf(ex.getOriginalMessage()).lines().findFirst().orElse("not readable");
			int line = (ex.getLocation() != null) ? ex.getLocation().getLineNr() : -1;
			String where = (line > 0) ? " line " + line : "";
			throw new CatalogueException(List.of(this.source + where + ": not valid YAML: " + what));
		}
	}

	private TypeDefinition type(String name, JsonNode node) {
		if (Texts.typeName(name) == null) {
			this.mistakes.add(name + ": expected a type name: " + Texts.TYPE_NAME_EXPECTED);
		}
		Fields fields = Fields.of(name, node, this.mistakes, "extends", "aliases", "image", "env", "resources", "ports",
				"desktop", "timeout", "idle", "health", "pool", "profile", "max_instances", "reuse");
		Fields ports = fields.mapping("ports", "agent", "open", "cdp");
		return new TypeDefinition(fields.scalar("extends", "the name of a type", Texts.with(Texts::typeName)),
				fields.list("aliases", "other names of the type", Texts.with(Texts::typeName)),
				fields.scalar("image", "an image reference", Texts.with(Texts::image)),
				fields.texts("env", Texts::variable), limits(fields), port(ports, "agent"), opened(fields, ports),
				fields.scalar("timeout", DurationText.EXPECTED + ", more than zero", Texts::positiveDuration),
				fields.scalar("idle", DurationText.EXPECTED + ", more than zero", Texts::positiveDuration),
				fields.scalar("health", Texts.PATH_EXPECTED, Texts.with(Texts::path)), pool(fields),
				fields.scalar("profile", "strict, compatible, auto or android", Texts.with(Texts::profile)),
				number(fields.whole("max_instances", 1, 1_000_000)), maxUses(fields));
	}

	/** A type without reuse says nothing of it. */
	private static @Nullable Integer maxUses(Fields type) {
		Fields fields = type.mapping("reuse", "max_uses");
		if (fields == null) {
			return null;
		}
		Integer given = number(fields.whole("max_uses", 1, 1_000_000));
		return (given != null) ? given : USUAL_MAX_USES;
	}

	private static @Nullable Integer number(@Nullable Long value) {
		return (value != null) ? value.intValue() : null;
	}

	private TypeDefinition.Limits limits(Fields type) {
		Fields fields = type.mapping("resources", "memory", "cpus", "pids", "shm", "gpus", "network");
		if (fields == null) {
			return new TypeDefinition.Limits(null, null, null, null, null, null);
		}
		return new TypeDefinition.Limits(fields.scalar("memory", Texts.SIZE_EXPECTED, Texts.with(Texts::size)),
				fields.scalar("cpus", "a number above 0, at most 1024", Texts::cpus),
				fields.whole("pids", 1, 4_194_304), fields.scalar("shm", Texts.SIZE_EXPECTED, Texts.with(Texts::size)),
				fields.scalar("gpus", "a number from 0 to 64, or all", Texts::gpus),
				fields.scalar("network", "true or false", Texts::bool));
	}

	private static @Nullable Integer port(@Nullable Fields ports, String name) {
		return (ports != null) ? number(ports.whole(name, 1, 65535)) : null;
	}

	private static TypeDefinition.Opened opened(Fields type, @Nullable Fields ports) {
		List<Exposure.Range> open = (ports != null && ports.node("open") != null)
				? ports.list("open", Texts.PORTS_EXPECTED, Texts::ports) : null;
		return new TypeDefinition.Opened(open, port(ports, "cdp"),
				type.scalar("desktop", "true or false", Texts::bool));
	}

	private TypeDefinition.@Nullable Pool pool(Fields type) {
		Fields fields = type.mapping("pool", "min", "max");
		if (fields == null) {
			return null;
		}
		Long min = fields.whole("min", 0, 100_000);
		Long max = fields.whole("max", 0, 100_000);
		if (min != null && max != null && max < min) {
			this.mistakes.add(String.format(Locale.ROOT, "%s: expected at least pool.min, %d, got %d",
					type.at("pool.max"), min, max));
		}
		return new TypeDefinition.Pool(number(min), number(max));
	}

}
