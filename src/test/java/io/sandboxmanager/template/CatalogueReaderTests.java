package io.sandboxmanager.template;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The code and the schema that is shipped beside it judge the same. */
class CatalogueReaderTests {

	private static final Schema SCHEMA = schema();

	@Test
	void theShippedFileFitsTheSchema() throws IOException {
		String shipped = Files.readString(Path.of("config/sandbox-types.yaml"));
		assertThat(SCHEMA.validate(shipped, InputFormat.YAML)).isEmpty();
		assertThat(read(shipped)).hasSize(10);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "image: runtime-sandbox-x", "image: 'localhost:5000/a/b:c@sha256:0'", "env: {}",
			"env: { A_1: '' }", "resources: {}", "resources: { memory: 1Mi }",
			"resources: { memory: 8GiB, shm: 64MiB }", "resources: { cpus: 0.1 }", "resources: { cpus: 1024 }",
			"resources: { pids: 1 }", "resources: { pids: 4.0 }", "resources: { gpus: 0 }", "resources: { gpus: 8 }",
			"resources: { gpus: 1.0 }", "resources: { gpus: all }", "ports: {}", "ports: { agent: 65535 }",
			"ports: { open: [] }", "ports: { open: [1, 65535, 3000-3999] }", "ports: { cdp: 9222 }", "desktop: true",
			"timeout: 60", "timeout: 0.5", "timeout: 90s", "timeout: '30'", "timeout: 1.5h", "idle: 10m", "idle: 600",
			"health: /v1/docs", "pool: {}", "pool: { min: 0, max: 0 }", "pool: { min: 2 }", "profile: strict",
			"profile: compatible", "profile: auto", "profile: android", "extends: t", "aliases: []",
			"aliases: [a, b_async]" })
	void codeAndSchemaAccept(String fields) throws IOException {
		String yaml = inType(fields);
		assertThat(SCHEMA.validate(yaml, InputFormat.YAML)).as(yaml).isEmpty();
		assertThat(read(yaml)).as(yaml).containsOnlyKeys("t");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			''                              | t: expected a mapping of extends, aliases, image
			[]                              | t: expected a mapping of extends, aliases, image
			imag: x                         | t.imag: unknown field; known are extends, aliases, image
			image: ''                       | t.image: expected an image reference, got ""
			image: 5                        | t.image: expected an image reference, got 5
			image:                          | t.image: expected an image reference, got ""
			image: 'a b'                    | t.image: expected an image reference, got "a b"
			image: [x]                      | t.image: expected an image reference
			env: [A]                        | t.env: expected a mapping of names to texts
			env: { A: 1 }                   | t.env.A: expected text; put a number or a boolean in quotes
			env: { A: true }                | t.env.A: expected text
			env: { 'A B': x }               | t.env.A B: expected the name of an environment variable
			env: { 1A: x }                  | t.env.1A: expected the name of an environment variable
			health: v1/docs                 | t.health: expected a path such as /v1/docs, without query
			health: /v1/docs?a              | t.health: expected a path such as /v1/docs
			health: /v1/../a                | t.health: expected a path such as /v1/docs
			resources: 5                    | t.resources: expected a mapping of memory, cpus, pids, shm, gpus
			resources: { cpu: 1 }           | t.resources.cpu: unknown field; known are memory, cpus, pids, shm, gpus
			resources: { memory: 512 }      | t.resources.memory: expected a size such as 512Mi or 2Gi, got 512
			resources: { memory: 2GB }      | t.resources.memory: expected a size such as 512Mi or 2Gi, got "2GB"
			resources: { memory: 0Gi }      | t.resources.memory: expected a size
			resources: { shm: 1.5Gi }       | t.resources.shm: expected a size
			resources: { cpus: 0 }          | t.resources.cpus: expected a number above 0, at most 1024, got 0
			resources: { cpus: '2' }        | t.resources.cpus: expected a number above 0
			resources: { cpus: 1025 }       | t.resources.cpus: expected a number above 0
			resources: { pids: 0 }          | t.resources.pids: expected a whole number from 1 to 4194304, got 0
			resources: { pids: 1.5 }        | t.resources.pids: expected a whole number
			resources: { pids: many }       | t.resources.pids: expected a whole number
			resources: { gpus: -1 }         | t.resources.gpus: expected a number from 0 to 64, or all, got -1
			resources: { gpus: some }       | t.resources.gpus: expected a number from 0 to 64, or all, got "some"
			resources: { gpus: 0.5 }        | t.resources.gpus: expected a number from 0 to 64
			ports: [80]                     | t.ports: expected a mapping of agent
			ports: { vnc: 5900 }            | t.ports.vnc: unknown field; known are agent
			ports: { agent: 0 }             | t.ports.agent: expected a whole number from 1 to 65535, got 0
			ports: { agent: 65536 }         | t.ports.agent: expected a whole number from 1 to 65535
			ports: { agent: '80' }          | t.ports.agent: expected a whole number
			ports: { open: 8080 }           | t.ports.open: expected a list of a port, or a range such as 3000-3999
			ports: { open: [0] }            | t.ports.open[0]: expected a port, or a range such as 3000-3999, got 0
			ports: { open: [1, '80'] }      | t.ports.open[1]: expected a port, or a range such as 3000-3999, got "80"
			ports: { open: [80-] }          | t.ports.open[0]: expected a port, or a range such as 3000-3999, got "80-"
			ports: { cdp: 0 }               | t.ports.cdp: expected a whole number from 1 to 65535, got 0
			desktop: 1                      | t.desktop: expected true or false, got 1
			timeout: 0                      | t.timeout: expected seconds such as 60
			timeout: 0s                     | t.timeout: expected seconds such as 60
			timeout: -1                     | t.timeout: expected seconds such as 60
			timeout: soon                   | t.timeout: expected seconds such as 60
			timeout: 5min                   | t.timeout: expected seconds such as 60
			timeout: true                   | t.timeout: expected seconds such as 60
			pool: 3                         | t.pool: expected a mapping of min, max
			pool: { size: 3 }               | t.pool.size: unknown field; known are min, max
			pool: { min: -1 }               | t.pool.min: expected a whole number from 0 to 100000, got -1
			pool: { max: 100001 }           | t.pool.max: expected a whole number from 0 to 100000
			profile: Strict                 | t.profile: expected strict, compatible, auto or android, got "Strict"
			profile: none                   | t.profile: expected strict, compatible, auto or android, got "none"
			extends: [a]                    | t.extends: expected the name of a type
			extends: 'A'                    | t.extends: expected the name of a type, got "A"
			aliases: a                      | t.aliases: expected a list of other names of the type
			aliases: [a, B]                 | t.aliases[1]: expected other names of the type, got "B"
			""")
	void codeAndSchemaRefuse(String fields, String mistake) {
		String yaml = inType(fields);
		assertThat(SCHEMA.validate(yaml, InputFormat.YAML)).as(yaml).isNotEmpty();
		assertThatExceptionOfType(CatalogueException.class).as(yaml)
			.isThrownBy(() -> read(yaml))
			.satisfies(
					(ex) -> assertThat(ex.getMistakes()).singleElement().asString().startsWith("f.yaml: " + mistake));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			{}                              | types: expected a mapping of type names to their fields
			types: {}                       | types: expected a mapping of type names to their fields
			types: []                       | types: expected a mapping of type names to their fields
			types: { A: {} }                | A: expected a type name
			types: { 1a: {} }               | 1a: expected a type name
			types: { 'a b': {} }            | a b: expected a type name
			{ types: { a: {} }, more: 1 }   | catalogue.more: unknown field; known are types
			""")
	void codeAndSchemaRefuseWholeFiles(String yaml, String mistake) {
		assertThat(SCHEMA.validate(yaml, InputFormat.YAML)).as(yaml).isNotEmpty();
		assertThatExceptionOfType(CatalogueException.class).as(yaml)
			.isThrownBy(() -> read(yaml))
			.satisfies(
					(ex) -> assertThat(ex.getMistakes()).singleElement().asString().startsWith("f.yaml: " + mistake));
	}

	@Test
	void findsAllMistakesInOneReading() {
		assertThatExceptionOfType(CatalogueException.class)
			.isThrownBy(() -> read("types: { a: { imag: x, timeout: no }, b: { resources: { memory: 1 } } }"))
			.satisfies((ex) -> assertThat(ex.getMistakes()).hasSize(3));
	}

	@Test
	void refusesAPoolWhoseMostIsLessThanItsLeast() {
		assertThatExceptionOfType(CatalogueException.class).isThrownBy(() -> read(inType("pool: { min: 3, max: 2 }")))
			.withMessage("f.yaml: t.pool.max: expected at least pool.min, 3, got 2");
	}

	@ParameterizedTest
	@ValueSource(strings = { "types: [", "types:\n  a: {}\n  a: {}\n", "types: {a: {}}\n---\ntypes: {}\n" })
	void saysInOneLineWhereTheYamlIsBroken(String yaml) {
		assertThatExceptionOfType(CatalogueException.class).isThrownBy(() -> read(yaml))
			.satisfies((ex) -> assertThat(ex.getMistakes()).singleElement()
				.asString()
				.matches("f\\.yaml line \\d+: not valid YAML: .+")
				.doesNotContain("\n"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "# nothing\n", "text", "5" })
	void refusesWhatIsNoMapping(String yaml) {
		assertThatExceptionOfType(CatalogueException.class).isThrownBy(() -> read(yaml))
			.satisfies((ex) -> assertThat(ex.getMistakes())
				.contains("f.yaml: types: expected a mapping of type names to their fields"));
	}

	private static String inType(String fields) {
		return "types:\n  t:\n    " + fields + "\n";
	}

	private static Map<String, TypeDefinition> read(String yaml) throws IOException {
		return new CatalogueReader("f.yaml").read(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
	}

	private static Schema schema() {
		try {
			return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
				.getSchema(Files.readString(Path.of("config/sandbox-types.schema.json")));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
