package io.sandboxmanager.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.backend.local.LocalProperties;
import io.sandboxmanager.gateway.PublicProperties;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;
import io.sandboxmanager.workspace.WorkspaceProperties;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class StartupReportTests {

	@Test
	void saysWhatWasStartedAndWhatIsOpenAndWithoutEffect(CapturedOutput output) {
		report(Map.of("DEFAULT_SANDBOX_TYPE", "gui,base_async", "WORKERS", "4"));
		assertThat(output).contains("sandbox-manager " + ServerVersion.current()
				+ " on http://127.0.0.1:12345: backend docker (a reason), store memory, storage local, types base (7 warm), "
				+ "browser, aio, filesystem, gui (7 warm), mobile, appworld, bfcl, dummy, agentbay")
			.contains("WORKERS=4 has no effect")
			.contains("insecure: without BEARER_TOKEN")
			.contains("insecure: unless root has run bin/firewall");
	}

	@Test
	void showsAnAddressThatCanBeUsedAndNoToken(CapturedOutput output) {
		report(Map.of("HOST", "::1", "BEARER_TOKEN", "hush"));
		assertThat(output).contains("http://[0:0:0:0:0:0:0:1]:12345").doesNotContain("hush");
	}

	private static void report(Map<String, String> environment) {
		ServerSettings settings = ServerSettings.read(environment, Path.of("nowhere"), List.of());
		new ApplicationContextRunner().withInitializer((context) -> {
			context.getEnvironment().getPropertySources().addFirst(new SettingsPropertySource(settings));
			context.getBeanFactory().registerSingleton("serverSettings", settings);
		})
			.withPropertyValues("local.server.port=12345")
			.withUserConfiguration(Rooms.class)
			.withBean(ServerUser.class)
			.withBean(InsecureSettings.class)
			.withBean(StartupReport.class)
			.run((context) -> context.getBean(StartupReport.class).report());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ ChoiceProperties.class, SecurityProperties.class, WorkspaceProperties.class,
			DockerProperties.class, LocalProperties.class, PublicProperties.class, TemplateProperties.class })
	static class Rooms {

		@Bean
		BackendChoice backendChoice() {
			return new BackendChoice(BackendKind.DOCKER, "a reason");
		}

		@Bean
		TemplateCatalogue catalogue(TemplateProperties properties) {
			return TemplateCatalogue.load(properties, 7);
		}

	}

}
