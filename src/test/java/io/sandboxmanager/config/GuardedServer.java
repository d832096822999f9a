package io.sandboxmanager.config;

import java.time.Clock;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.FilterType;
import org.springframework.context.annotation.Import;

import io.sandboxmanager.aio.AioSessions;
import io.sandboxmanager.gateway.FakeSandboxes;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.memory.MemorySandboxStore;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;

/**
 * A web server with the gateway, the API about its doors, and all filters in front of
 * them, as the whole server has them.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = ErrorMvcAutoConfiguration.class)
@EnableConfigurationProperties(TemplateProperties.class)
@Import({ SecurityConfiguration.class, ObserveConfiguration.class, ErrorConfiguration.class,
		GatewayConfiguration.class })
@ComponentScan(basePackages = { "io.sandboxmanager.api", "io.sandboxmanager.agentscope" }, useDefaultFilters = false,
		includeFilters = @Filter(type = FilterType.REGEX,
				pattern = ".*\\.(AgentScopeErrors|ApiErrors|TicketController|BrowserController)"))
public class GuardedServer {

	@Bean
	FakeSandboxes sandboxes() {
		return new FakeSandboxes();
	}

	@Bean
	AioSessions aioSessions(FakeSandboxes sandboxes) {
		return sandboxes::sandboxOf;
	}

	@Bean
	Clock clock() {
		return Clock.systemUTC();
	}

	@Bean
	SandboxStore sandboxStore(Clock clock) {
		return new MemorySandboxStore("manager", clock);
	}

	/** The catalogue that comes with the server. */
	@Bean
	TemplateCatalogue templateCatalogue(TemplateProperties properties) {
		return TemplateCatalogue.load(properties, 0);
	}

}
