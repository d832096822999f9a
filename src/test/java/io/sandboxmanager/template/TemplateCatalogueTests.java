package io.sandboxmanager.template;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.UnknownSandboxTypeException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TemplateCatalogueTests {

	private static final int POOL_SIZE = 3;

	@TempDir
	@SuppressWarnings("NullAway.Init")
	private Path folder;

	@Nested
	class BuiltIn {

		@ParameterizedTest
		@ValueSource(strings = { "base", "browser", "filesystem", "gui", "mobile", "appworld", "bfcl", "dummy",
				"agentbay", "base_async", "browser_async", "filesystem_async", "gui_async", "mobile_async" })
		void knowsEveryTypeOfTheWire(String name) {
			assertThat(builtIn("base").find(name).type()).isEqualTo(name.replace("_async", ""));
		}

		@ParameterizedTest
		@ValueSource(strings = { "nope", "Base", "BASE", "appworld_async", "dummy_async", "", "base " })
		void knowsNoOthers(String name) {
			assertThatExceptionOfType(UnknownSandboxTypeException.class).isThrownBy(() -> builtIn("base").find(name))
				.withMessage("'" + name + "' is not a valid SandboxType");
		}

		@Test
		void onlyTheAndroidDeviceIsPrivileged() {
			assertThat(builtIn("base").types()).filteredOn((type) -> type.profile() == IsolationProfile.ANDROID)
				.extracting(SandboxTemplate::type)
				.containsExactly("mobile");
		}

		@Test
		void givesTypesWithoutAnImageTheDefaultTypesImage() {
			TemplateCatalogue catalogue = builtIn("gui_async", "base");
			assertThat(catalogue.find("dummy").image()).isEqualTo("agentscope/runtime-sandbox-gui:latest");
			assertThat(catalogue.find("agentbay").image()).isEqualTo("agentscope/runtime-sandbox-gui:latest");
			assertThat(catalogue.find("dummy").type()).isEqualTo("dummy");
			assertThat(catalogue.find("base").image()).isEqualTo("agentscope/runtime-sandbox-base:latest");
		}

		@Test
		void placesImagesByRegistryNamespaceAndTag() {
			TemplateProperties properties = new TemplateProperties(List.of("base"), "registry.example.com:5000", "mine",
					"v2", Duration.ofSeconds(60), null);
			assertThat(TemplateCatalogue.load(properties, 1).find("mobile").image())
				.isEqualTo("registry.example.com:5000/mine/runtime-sandbox-mobile:v2");
		}

		@Test
		void hasPoolsForTheDefaultTypesInTheirOrderAliasesAndRepeatsMerged() {
			TemplateCatalogue catalogue = builtIn("gui", "base_async", "gui_async", "base");
			assertThat(catalogue.pooledTypes()).extracting(SandboxTemplate::type).containsExactly("gui", "base");
			assertThat(catalogue.pooledTypes()).extracting(SandboxTemplate::pool)
				.containsOnly(new SandboxTemplate.PoolBounds(POOL_SIZE, POOL_SIZE));
			assertThat(catalogue.defaultType().type()).isEqualTo("gui");
			assertThat(catalogue.find("browser").pool()).isEqualTo(new SandboxTemplate.PoolBounds(0, 0));
		}

		@Test
		void listsTypesOnceInTheOrderOfTheFile() {
			assertThat(builtIn("base").types()).extracting(SandboxTemplate::type)
				.containsExactly("base", "browser", "aio", "filesystem", "gui", "mobile", "appworld", "bfcl", "dummy",
						"agentbay");
		}

		@Test
		void refusesUnknownDefaultTypesByTheNameOfTheVariable() {
			assertThatExceptionOfType(DefaultTypeException.class).isThrownBy(() -> builtIn("nope", "base", "Gui"))
				.satisfies((ex) -> assertThat(ex.getMistakes()).containsExactly(
						"DEFAULT_SANDBOX_TYPE=nope: expected one of base, browser, aio, filesystem, gui, mobile, "
								+ "appworld, bfcl, dummy, agentbay",
						"DEFAULT_SANDBOX_TYPE=Gui: expected one of base, browser, aio, filesystem, gui, mobile, "
								+ "appworld, bfcl, dummy, agentbay"));
		}

		@Test
		void refusesADefaultTypeThatHasNoImageToLend() {
			assertThatExceptionOfType(DefaultTypeException.class).isThrownBy(() -> builtIn("dummy", "base"))
				.withMessage("DEFAULT_SANDBOX_TYPE=dummy: expected a type with an image of its own first, "
						+ "since others use it");
		}

	}

	@Nested
	class OfAFile {

		@Test
		void usesDefaultsForWhatATypeDoesNotSay() throws IOException {
			SandboxTemplate base = load("types: {base: {image: x}}").find("base");
			assertThat(base.environment()).isEmpty();
			assertThat(base.resources()).isEqualTo(Resources.DEFAULT);
			assertThat(base.port()).isEqualTo(80);
			assertThat(base.timeout()).isEqualTo(Duration.ofSeconds(60));
			assertThat(base.profile()).isEqualTo(IsolationProfile.AUTO);
		}

		@Test
		void readsEveryField() throws IOException {
			SandboxTemplate base = load("""
					types:
					  base:
					    image: registry.example.com/team/image@sha256:abc
					    env: { A: "1", b_2: "two words" }
					    resources: { memory: 512Mi, cpus: 0.5, pids: 64, shm: 2GiB, gpus: all }
					    ports: { agent: 8000, open: [80, 3000-3999], cdp: 3333 }
					    desktop: true
					    timeout: 2m
					    pool: { min: 1, max: 4 }
					    profile: strict
					""").find("base");
			assertThat(base.image()).isEqualTo("registry.example.com/team/image@sha256:abc");
			assertThat(base.environment()).isEqualTo(Map.of("A", "1", "b_2", "two words"));
			assertThat(base.resources()).isEqualTo(new Resources(512L << 20, 0.5, 64, 2L << 30, -1));
			assertThat(base.port()).isEqualTo(8000);
			assertThat(base.exposure()).isEqualTo(new Exposure(
					List.of(new Exposure.Range(80, 80), new Exposure.Range(3000, 3999)), OptionalInt.of(3333), true));
			assertThat(base.timeout()).isEqualTo(Duration.ofMinutes(2));
			assertThat(base.pool()).isEqualTo(new SandboxTemplate.PoolBounds(1, 4));
			assertThat(base.profile()).isEqualTo(IsolationProfile.STRICT);
		}

		@Test
		void refusesARangeOfPortsThatIsNone() {
			for (String range : List.of("81-80", "1-65536", "65536-65537")) {
				assertThatExceptionOfType(CatalogueException.class)
					.isThrownBy(() -> load("types: {base: {image: x, ports: {open: [" + range + "]}}}"))
					.withMessageContaining("base.ports.open[0]: expected a port, or a range such as 3000-3999");
			}
		}

		@Test
		void inheritsFieldByFieldSaveAliasesAndPool() throws IOException {
			TemplateCatalogue catalogue = load(
					"""
							types:
							  grandchild: { extends: child, env: { B: "3" } }
							  child: { extends: base, ports: { open: [] }, desktop: true, resources: { cpus: 4 }, env: { B: "2", C: "2" }, timeout: 5 }
							  base:
							    aliases: [root]
							    image: some/image:1
							    env: { A: "1", B: "1" }
							    resources: { memory: 1Gi, cpus: 1, pids: 9 }
							    ports: { agent: 81, open: [8080], cdp: 9222 }
							    pool: { min: 7, max: 9 }
							    profile: compatible
							""");
			SandboxTemplate grandchild = catalogue.find("grandchild");
			assertThat(grandchild.image()).isEqualTo("some/image:1");
			assertThat(grandchild.environment()).isEqualTo(Map.of("A", "1", "B", "3", "C", "2"));
			assertThat(grandchild.resources()).isEqualTo(new Resources(1L << 30, 4, 9, null, 0));
			assertThat(grandchild.port()).isEqualTo(81);
			assertThat(grandchild.exposure()).isEqualTo(new Exposure(List.of(), OptionalInt.of(9222), true));
			assertThat(catalogue.exposureOf("child")).isEqualTo(grandchild.exposure());
			assertThat(catalogue.exposureOf("gone")).isEqualTo(Exposure.NOTHING);
			assertThat(grandchild.timeout()).isEqualTo(Duration.ofSeconds(5));
			assertThat(grandchild.profile()).isEqualTo(IsolationProfile.COMPATIBLE);
			assertThat(grandchild.pool()).isEqualTo(new SandboxTemplate.PoolBounds(0, 0));
			assertThat(catalogue.find("root").type()).isEqualTo("base");
		}

		@Test
		void derivesTheBoundThatIsNotSaid() throws IOException {
			TemplateCatalogue catalogue = load("""
					types:
					  base: { image: x, pool: { max: 2 } }
					  least: { pool: { min: 5 } }
					  most: { pool: { max: 5 } }
					  none: { pool: { max: 0 } }
					""");
			assertThat(catalogue.find("base").pool()).isEqualTo(new SandboxTemplate.PoolBounds(2, 2));
			assertThat(catalogue.find("least").pool()).isEqualTo(new SandboxTemplate.PoolBounds(5, 5));
			assertThat(catalogue.find("most").pool()).isEqualTo(new SandboxTemplate.PoolBounds(0, 5));
			assertThat(catalogue.pooledTypes()).extracting(SandboxTemplate::type)
				.containsExactly("base", "least", "most");
		}

		@Test
		void reportsCirclesMissingParentsAndAmbiguousAliases() {
			assertThatExceptionOfType(CatalogueException.class).isThrownBy(() -> load("""
					types:
					  base: { image: x, aliases: [b, orphan] }
					  one: { extends: two }
					  two: { extends: three }
					  three: { extends: one, aliases: [b] }
					  self: { extends: self }
					  orphan: { extends: nobody }
					  child: { extends: orphan }
					"""))
				.satisfies((ex) -> assertThat(ex.getMistakes()).containsExactly(
						file() + ": one.extends: a circle: one extends two extends three extends one",
						file() + ": two.extends: a circle: two extends three extends one extends two",
						file() + ": three.extends: a circle: three extends one extends two extends three",
						file() + ": self.extends: a circle: self extends self",
						file() + ": orphan.extends: there is no type nobody",
						file() + ": base.aliases: orphan is a type of its own",
						file() + ": three.aliases: b is given twice"));
		}

		@Test
		void reportsAMissingFileByTheNameOfTheVariable() {
			Path missing = TemplateCatalogueTests.this.folder.resolve("missing.yaml");
			assertThatExceptionOfType(CatalogueException.class)
				.isThrownBy(() -> TemplateCatalogue.load(properties(missing, "base"), 1))
				.withMessage("SANDBOX_TYPES=" + missing + ": expected a readable YAML file of sandbox types");
		}

	}

	private Path file() {
		return this.folder.resolve("types.yaml");
	}

	private TemplateCatalogue load(String yaml) throws IOException {
		Files.writeString(file(), yaml);
		return TemplateCatalogue.load(properties(file(), "base"), POOL_SIZE);
	}

	private static TemplateCatalogue builtIn(String... defaultTypes) {
		return TemplateCatalogue.load(properties(null, defaultTypes), POOL_SIZE);
	}

	private static TemplateProperties properties(@Nullable Path file, String... defaultTypes) {
		return new TemplateProperties(List.of(defaultTypes), "", "agentscope", "latest", Duration.ofSeconds(60), file);
	}

}
