package io.sandboxmanager.config;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.util.ClassUtils;

import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.workspace.WorkspaceProperties;

import static org.assertj.core.api.Assertions.assertThat;

/** The variables and the rooms' records fit together. */
class SettingsTests {

	/** Set by the server's authors, not by its users. */
	private static final Set<String> NOT_FOR_USERS = Set.of("sandbox-manager.runtime.connect-timeout",
			"sandbox-manager.runtime.grace", "sandbox-manager.runtime.probe-connect-timeout",
			"sandbox-manager.runtime.probe-timeout", "sandbox-manager.gateway.connect-timeout",
			"sandbox-manager.gateway.keep-alive", "sandbox-manager.gateway.client-check-interval",
			"sandbox-manager.gateway.handshake-timeout", "sandbox-manager.local.scratch",
			"sandbox-manager.local.max-file", "sandbox-manager.local.call-timeout");

	@TempDir
	private Path folder = Path.of("");

	@Test
	void everyVariableOfThePythonServerIsKnown() {
		String names = """
				HOST PORT WORKERS DEBUG BEARER_TOKEN DEFAULT_SANDBOX_TYPE POOL_SIZE AUTO_CLEANUP CONTAINER_PREFIX_KEY
				CONTAINER_DEPLOYMENT DEFAULT_MOUNT_DIR READONLY_MOUNTS ALLOW_MOUNT_DIR STORAGE_FOLDER PORT_RANGE
				FILE_SYSTEM REDIS_ENABLED REDIS_SERVER REDIS_PORT REDIS_DB REDIS_USER REDIS_PASSWORD REDIS_PORT_KEY
				REDIS_CONTAINER_POOL_KEY HEARTBEAT_TIMEOUT HEARTBEAT_LOCK_TTL WATCHER_SCAN_INTERVAL RELEASE_KET_TTL
				RELEASED_KEY_TTL MAX_SANDBOX_INSTANCES OSS_ENDPOINT OSS_ACCESS_KEY_ID OSS_ACCESS_KEY_SECRET
				OSS_BUCKET_NAME K8S_NAMESPACE KUBECONFIG_PATH AGENT_RUN_ACCOUNT_ID AGENT_RUN_ACCESS_KEY_ID
				AGENT_RUN_ACCESS_KEY_SECRET AGENT_RUN_REGION_ID AGENT_RUN_CPU AGENT_RUN_MEMORY AGENT_RUN_VPC_ID
				AGENT_RUN_VSWITCH_IDS AGENT_RUN_SECURITY_GROUP_ID AGENT_RUN_PREFIX AGENT_RUN_LOG_PROJECT
				AGENT_RUN_LOG_STORE RUNTIME_SANDBOX_REGISTRY RUNTIME_SANDBOX_IMAGE_NAMESPACE
				RUNTIME_SANDBOX_IMAGE_TAG RUNTIME_SANDBOX_TIMEOUT""";
		assertThat(Stream.of(names.split("\\s+", -1)))
			.allSatisfy((name) -> assertThat(Settings.find(name)).as(name).isPresent());
	}

	@Test
	void noNameIsGivenTwice() {
		assertThat(Settings.ALL.stream().flatMap((setting) -> setting.names().stream())).doesNotHaveDuplicates();
	}

	@Test
	void everySettingIsInTheGroupAmongWhoseItStands() {
		assertThat(Settings.ALL.stream().map(Setting::group).distinct()).containsExactly(SettingGroup.values());
		List<SettingGroup> groups = Settings.ALL.stream().map(Setting::group).toList();
		assertThat(groups).isSorted();
	}

	@Test
	void everyPropertyOfTheRoomsHasOneVariableAndTheReverse() {
		List<String> fed = Settings.ALL.stream()
			.map(Setting::property)
			.filter(Objects::nonNull)
			.filter((property) -> property.startsWith("sandbox-manager."))
			.toList();
		List<String> properties = new ArrayList<>();
		records().forEach((type) -> properties.addAll(properties(type)));
		properties.removeAll(NOT_FOR_USERS);
		assertThat(fed).containsExactlyInAnyOrderElementsOf(properties);
	}

	@Test
	void theDefaultsOfTheRoomsAreTheDefaultsOfTheVariables() {
		ServerSettings untouched = ServerSettings.read(Map.of(), this.folder, List.of());
		assertThat(records()).hasSizeGreaterThan(10).allSatisfy((type) -> {
			Object fed = bind(type, untouched);
			Object own = new Binder().bindOrCreate(prefix(type), Bindable.of(type));
			assertThat(fed).usingRecursiveComparison().isEqualTo(own);
		});
	}

	@Test
	void valuesReachTheRoomsAsTheyWereWritten() {
		Map<String, String> environment = Map.of("BEARER_TOKEN", "a${user.home}b\\${x}#{1+1}", "READONLY_MOUNTS",
				"{\"/a.b/${c}[0]\": \"/d e\"}", "DEFAULT_MOUNT_DIR", "config", "ALLOWED_MOUNT_DIRS", "/a,b", "DEBUG",
				"True");
		ServerSettings settings = ServerSettings.read(environment, this.folder, List.of());
		SecurityProperties security = (SecurityProperties) bind(SecurityProperties.class, settings);
		assertThat(security.bearerToken()).isEqualTo("a${user.home}b\\${x}#{1+1}");
		WorkspaceProperties workspace = (WorkspaceProperties) bind(WorkspaceProperties.class, settings);
		assertThat(workspace.readonlyMounts()).isEqualTo(Map.of("/a.b/${c}[0]", "/d e"));
		assertThat(workspace.mountDir()).isEqualTo(Path.of("config"));
		assertThat(workspace.allowedMountDirs()).containsExactly(Path.of("/a"), Path.of("b"));
		assertThat(new SettingsPropertySource(settings).getSource()).containsEntry("debug", "false")
			.containsEntry("logging.level.io.sandboxmanager", "debug");
	}

	private static Object bind(Class<?> type, ServerSettings settings) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().addFirst(new SettingsPropertySource(settings));
		ConfigurationPropertySources.attach(environment);
		return Binder.get(environment).bindOrCreate(prefix(type), Bindable.of(type));
	}

	private static List<Class<?>> records() {
		ClassPathScanningCandidateComponentProvider scanner = new ClassPathScanningCandidateComponentProvider(false);
		scanner.addIncludeFilter(new AnnotationTypeFilter(ConfigurationProperties.class));
		List<Class<?>> records = new ArrayList<>();
		for (BeanDefinition found : scanner.findCandidateComponents("io.sandboxmanager")) {
			records.add(ClassUtils.resolveClassName(Objects.requireNonNull(found.getBeanClassName()), null));
		}
		return records;
	}

	private static List<String> properties(Class<?> type) {
		return Stream.of(type.getRecordComponents())
			.map(RecordComponent::getName)
			.map((name) -> prefix(type) + "." + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT))
			.toList();
	}

	private static String prefix(Class<?> type) {
		return Objects.requireNonNull(type.getAnnotation(ConfigurationProperties.class)).value();
	}

}
