package io.sandboxmanager.config;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.docker.DockerBackend;
import io.sandboxmanager.backend.docker.DockerProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Chooses what runs the containers. */
@Configuration(proxyBeanMethods = false)
class BackendConfiguration {

	/** The chosen backend; a server whose engine does not answer does not start. */
	@Bean
	ContainerBackend containerBackend(ChoiceProperties choices, ObjectProvider<DockerProperties> docker) {
		ContainerBackend backend = switch (choices.backend()) {
			case DOCKER -> DockerBackend.connect(docker.getObject());
		};
		backend.engineId();
		return backend;
	}

}
