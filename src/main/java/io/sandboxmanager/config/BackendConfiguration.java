package io.sandboxmanager.config;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import io.sandboxmanager.backend.ContainerBackend;

/**
 * What runs the containers. A server whose engine does not answer, or cannot mount the
 * workspaces, does not start.
 */
@Configuration(proxyBeanMethods = false)
class BackendConfiguration {

	private final BackendStart start;

	BackendConfiguration(ObjectProvider<BackendStart> begun, Environment environment) {
		this.start = begun.getIfAvailable(() -> BackendStart.begin(environment));
	}

	@Bean
	BackendChoice backendChoice() {
		return this.start.choice();
	}

	@Bean
	ContainerBackend containerBackend() {
		return this.start.backend();
	}

}
