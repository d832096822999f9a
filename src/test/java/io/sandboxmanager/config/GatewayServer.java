package io.sandboxmanager.config;

import java.time.Clock;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import io.sandboxmanager.aio.AioSessions;
import io.sandboxmanager.gateway.FakeSandboxes;
import io.sandboxmanager.security.BearerToken;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.memory.MemorySandboxStore;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;

/** A web server with the gateway and nothing else. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties({ SecurityProperties.class, TemplateProperties.class })
@Import(GatewayConfiguration.class)
public class GatewayServer {

	@Bean
	FakeSandboxes sandboxes() {
		return new FakeSandboxes();
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

	@Bean
	AioSessions aioSessions(FakeSandboxes sandboxes) {
		return sandboxes::sandboxOf;
	}

	@Bean
	BearerToken bearerToken(SecurityProperties properties) {
		return BearerToken.of(properties.bearerToken());
	}

}
