package io.sandboxmanager;

import java.util.Calendar;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

import io.sandboxmanager.sandbox.Sleeper;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * Holds the map in {@code docs/architecture.md}: which room may use which, and what stays
 * inside one.
 */
@AnalyzeClasses(packages = ArchitectureTests.ROOT, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {

	static final String ROOT = "io.sandboxmanager";

	/** The "may use" column. Every room may also use {@code sandbox} and itself. */
	private static final Map<String, Set<String>> MAY_USE = mayUse();

	private static Map<String, Set<String>> mayUse() {
		Map<String, Set<String>> rooms = new HashMap<>();
		Set<String> spis = Set.of("backend", "store", "workspace");
		Stream.of("sandbox", "template", "backend", "store", "workspace", "transport")
			.forEach((room) -> rooms.put(room, Set.of()));
		rooms.put("runtime", Set.of("transport"));
		rooms.put("provisioning", with(spis, "runtime", "template"));
		rooms.put("pool", Set.of("provisioning", "store"));
		rooms.put("lifecycle", with(spis, "pool", "provisioning", "runtime", "template", "audit"));
		rooms.put("maintenance", with(spis, "lifecycle", "pool"));
		rooms.put("gateway", Set.of("lifecycle", "security", "transport"));
		rooms.put("api", Set.of("lifecycle", "gateway", "security", "template"));
		rooms.put("agentscope", Set.of("lifecycle", "gateway", "security", "template"));
		rooms.put("aio", Set.of("lifecycle", "gateway", "security", "template"));
		rooms.put("security", Set.of("store"));
		rooms.put("audit", Set.of("store", "security"));
		rooms.put("cli", Set.of("config", "template", "backend"));
		Set<String> all = Set.copyOf(rooms.keySet());
		rooms.put("observe", all.stream().filter((room) -> !room.equals("cli")).collect(Collectors.toSet()));
		rooms.put("config", with(all, "observe"));
		return Map.copyOf(rooms);
	}

	private static Set<String> with(Set<String> rooms, String... more) {
		return Stream.concat(rooms.stream(), Stream.of(more)).collect(Collectors.toUnmodifiableSet());
	}

	/** Libraries that only their own place may use. */
	private static final Map<String, String> VENDORS = new LinkedHashMap<>(Map.of("com.github.dockerjava..",
			"backend.docker", "io.fabric8..", "backend.kubernetes", "com.aliyun.agentrun..", "backend.agentrun",
			"com.aliyun.oss..", "workspace.oss", "redis.clients..", "store.redis", "picocli..", "cli"));

	@ArchTest
	static final ArchRule everyClassIsInARoom = classes().should(new ArchCondition<JavaClass>("be in a known room") {
		@Override
		public void check(JavaClass type, ConditionEvents events) {
			boolean known = room(type).filter(MAY_USE::containsKey).isPresent();
			events.add(new SimpleConditionEvent(type, known, type.getName() + " is in no room of the map"));
		}
	});

	@ArchTest
	static final ArchRule roomsUseOnlyWhatTheMapAllows = classes()
		.should(new ArchCondition<JavaClass>("use only rooms that the map allows") {
			@Override
			public void check(JavaClass user, ConditionEvents events) {
				user.getDirectDependenciesFromSelf()
					.stream()
					.filter((dependency) -> !isAllowed(user, dependency.getTargetClass()))
					.forEach((dependency) -> events
						.add(SimpleConditionEvent.violated(user, dependency.getDescription())));
			}
		});

	@ArchTest
	static final ArchRule roomsHaveNoCycles = slices().matching(ROOT + ".(*)..").should().beFreeOfCycles();

	@ArchTest
	static final ArchRule implementationsOfAnSpiDoNotKnowEachOther = slices().matching(ROOT + ".(*).(*)..")
		.should()
		.notDependOnEachOther()
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule onlyConfigKnowsImplementations = noClasses().that()
		.resideOutsideOfPackages(ROOT + ".config..", ROOT + ".cli..", ROOT + ".*.*..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage(ROOT + ".*.*..");

	@ArchTest
	static final ArchRule vendorsStayInTheirPlace = classes()
		.should(new ArchCondition<JavaClass>("leave vendors to their place") {
			@Override
			public void check(JavaClass user, ConditionEvents events) {
				VENDORS.forEach((vendor, place) -> user.getDirectDependenciesFromSelf()
					.stream()
					.filter((dependency) -> resideInAPackage(vendor).test(dependency.getTargetClass()))
					.filter((dependency) -> !resideInAnyPackage(ROOT + "." + place + "..", ROOT + ".config..")
						.test(user))
					.forEach((dependency) -> events
						.add(SimpleConditionEvent.violated(user, dependency.getDescription()))));
			}
		});

	@ArchTest
	static final ArchRule jsonIsThatOfJackson3 = noClasses().should()
		.dependOnClassesThat()
		.resideInAPackage("com.fasterxml.jackson.databind..");

	@ArchTest
	static final ArchRule domainKnowsNoFramework = classes().that()
		.resideInAPackage(ROOT + ".sandbox..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage(ROOT + ".sandbox..", "java..", "org.jspecify..");

	@ArchTest
	static final ArchRule domainDoesNoInputOrOutput = noClasses().that()
		.resideInAPackage(ROOT + ".sandbox..")
		.should()
		.dependOnClassesThat(resideInAnyPackage("java.nio.file..", "java.net.http..", "java.sql..")
			.or(nameIn("java.net.Socket", "java.io.File", "java.io.FileInputStream", "java.io.FileOutputStream")));

	@ArchTest
	static final ArchRule timesAreThoseOfJavaTime = noClasses().should()
		.dependOnClassesThat()
		.belongToAnyOf(Date.class, Calendar.class);

	@ArchTest
	static final ArchRule onlyTheCommandLinePrints = noClasses().that()
		.resideOutsideOfPackage(ROOT + ".cli..")
		.should(ACCESS_STANDARD_STREAMS);

	@ArchTest
	static final ArchRule onlyOneClassSleeps = noClasses().that()
		.doNotBelongToAnyOf(Sleeper.class)
		.should()
		.callMethod(Thread.class, "sleep", long.class)
		.orShould()
		.callMethod(Thread.class, "sleep", long.class, int.class)
		.orShould()
		.callMethod(TimeUnit.class, "sleep", long.class);

	@ArchTest
	static final ArchRule nothingIsInjectedIntoFields = fields().should()
		.notBeAnnotatedWith(Autowired.class)
		.andShould()
		.notBeAnnotatedWith(Value.class);

	/** Controllers, advices and configurations are components too. */
	@ArchTest
	static final ArchRule whatOnlySpringUsesIsNotPublic = classes().that()
		.areMetaAnnotatedWith(Component.class)
		.should()
		.notBePublic();

	private static DescribedPredicate<JavaClass> nameIn(String... names) {
		return DescribedPredicate.describe("named one of " + String.join(", ", names),
				(type) -> Set.of(names).contains(type.getName()));
	}

	private static boolean isAllowed(JavaClass user, JavaClass used) {
		Optional<String> from = room(user);
		Optional<String> to = room(used);
		return from.isEmpty() || to.isEmpty() || from.equals(to) || to.get().equals("sandbox")
				|| MAY_USE.getOrDefault(from.get(), Set.of()).contains(to.get());
	}

	/** The first part of the package below the root, of the element of an array. */
	private static Optional<String> room(JavaClass type) {
		String name = type.getBaseComponentType().getPackageName();
		if (!name.startsWith(ROOT + ".")) {
			return Optional.empty();
		}
		String below = name.substring(ROOT.length() + 1);
		int dot = below.indexOf('.');
		return Optional.of((dot < 0) ? below : below.substring(0, dot));
	}

}
