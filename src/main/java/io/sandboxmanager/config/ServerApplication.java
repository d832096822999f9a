package io.sandboxmanager.config;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;

import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.backend.local.LocalProperties;
import io.sandboxmanager.lifecycle.LifecycleProperties;
import io.sandboxmanager.maintenance.MaintenanceProperties;
import io.sandboxmanager.pool.PoolProperties;
import io.sandboxmanager.provisioning.ProvisioningProperties;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;
import io.sandboxmanager.workspace.WorkspaceProperties;

/**
 * The server as Spring sees it: every room's settings, and what the packages of this
 * project declare.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@ImportAutoConfiguration({ ConfigurationPropertiesAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class,
		LifecycleAutoConfiguration.class, JacksonAutoConfiguration.class, HttpMessageConvertersAutoConfiguration.class,
		TomcatServletWebServerAutoConfiguration.class, DispatcherServletAutoConfiguration.class,
		WebMvcAutoConfiguration.class })
@ComponentScan("io.sandboxmanager")
@EnableConfigurationProperties({ ChoiceProperties.class, DockerProperties.class, LifecycleProperties.class,
		LocalProperties.class, MaintenanceProperties.class, PoolProperties.class, ProvisioningProperties.class,
		SecurityProperties.class, TemplateProperties.class, WorkspaceProperties.class })
class ServerApplication {

	@Bean
	TemplateCatalogue templateCatalogue(TemplateProperties properties, PoolProperties pool) {
		return TemplateCatalogue.load(properties, pool.size());
	}

}
