package io.sandboxmanager.config;

import java.time.Clock;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.runtime.HttpSandboxRuntime;
import io.sandboxmanager.runtime.ReadinessProbe;
import io.sandboxmanager.runtime.RuntimeProperties;
import io.sandboxmanager.runtime.SandboxRuntime;
import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.template.TemplateCatalogue;

/** How the API inside sandboxes is called. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(RuntimeProperties.class)
class RuntimeConfiguration {

	@Bean
	HttpSandboxRuntime sandboxRuntime(RuntimeProperties properties, @Qualifier("answerBudget") ByteBudget answers,
			TemplateCatalogue catalogue) {
		return new HttpSandboxRuntime(properties, answers, catalogue.healthPaths());
	}

	@Bean
	ReadinessProbe readinessProbe(SandboxRuntime runtime, Clock clock) {
		return new ReadinessProbe(runtime, clock, Sleeper.system());
	}

}
