package io.sandboxmanager.config;

import org.apache.catalina.core.StandardHost;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.agentscope.ErrorDetailValve;

/** How errors are told that never reach a controller. */
@Configuration(proxyBeanMethods = false)
class ErrorConfiguration {

	@Bean
	WebServerFactoryCustomizer<TomcatServletWebServerFactory> errorDetails() {
		return (factory) -> factory.addContextCustomizers((context) -> {
			if (context.getParent() instanceof StandardHost host) {
				host.setErrorReportValveClass(ErrorDetailValve.class.getName());
			}
		});
	}

}
