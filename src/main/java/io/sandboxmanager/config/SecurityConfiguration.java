package io.sandboxmanager.config;

import java.net.InetAddress;

import jakarta.servlet.Filter;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.agentscope.ErrorDetail;
import io.sandboxmanager.security.BearerToken;
import io.sandboxmanager.security.BearerTokenFilter;
import io.sandboxmanager.security.CrossOriginFilter;
import io.sandboxmanager.security.OriginGuard;
import io.sandboxmanager.security.SecurityProperties;

/** Who is let in. All of it comes before anything that reads a body. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SecurityProperties.class)
class SecurityConfiguration {

	@Bean
	BearerToken bearerToken(SecurityProperties properties) {
		return BearerToken.of(properties.bearerToken());
	}

	/** A server with a token is open to every page; one without only to its own. */
	@Bean
	FilterRegistrationBean<Filter> originFilter(BearerToken token, SecurityProperties security,
			ServerProperties server) {
		if (token.isRequired()) {
			return FilterOrder.ORIGIN.register(new CrossOriginFilter());
		}
		InetAddress host = server.getAddress();
		boolean beyondLoopback = host == null || !host.isLoopbackAddress();
		return FilterOrder.ORIGIN
			.register(new OriginGuard(security.allowUnauthenticated() && beyondLoopback, ErrorDetail::write));
	}

	@Bean
	FilterRegistrationBean<Filter> bearerTokenFilter(BearerToken token) {
		return FilterOrder.TOKEN.register(new BearerTokenFilter(token, ErrorDetail::write));
	}

}
