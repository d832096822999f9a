package io.sandboxmanager.config;

import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.lifecycle.LifecycleProperties;
import io.sandboxmanager.maintenance.MaintenanceProperties;
import io.sandboxmanager.pool.PoolProperties;
import io.sandboxmanager.provisioning.ProvisioningProperties;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.template.TemplateCatalogue;
import io.sandboxmanager.template.TemplateProperties;
import io.sandboxmanager.workspace.WorkspaceProperties;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;

/**
 * The server as Spring sees it: every room's settings, and what the packages of this
 * project declare.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@ComponentScan("io.sandboxmanager")
@EnableConfigurationProperties({ ChoiceProperties.class, DockerProperties.class, LifecycleProperties.class,
		MaintenanceProperties.class, PoolProperties.class, ProvisioningProperties.class, SecurityProperties.class,
		TemplateProperties.class, WorkspaceProperties.class })
public class ServerApplication {

	@Bean
	TemplateCatalogue templateCatalogue(TemplateProperties properties, PoolProperties pool) {
		return TemplateCatalogue.load(properties, pool.size());
	}

}
