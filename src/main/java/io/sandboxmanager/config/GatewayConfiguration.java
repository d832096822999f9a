package io.sandboxmanager.config;

import java.util.List;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.filter.FormContentFilter;

import io.sandboxmanager.agentscope.DesktopServlet;
import io.sandboxmanager.agentscope.ProxyServlet;
import io.sandboxmanager.agentscope.RelayServlet;
import io.sandboxmanager.aio.AioServlet;
import io.sandboxmanager.aio.AioSessions;
import io.sandboxmanager.api.SandboxServlet;
import io.sandboxmanager.gateway.GatewayConnector;
import io.sandboxmanager.gateway.GatewayProperties;
import io.sandboxmanager.gateway.HttpForwarder;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.WebSocketForwarder;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.security.BearerToken;
import io.sandboxmanager.security.DesktopAccess;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.template.TemplateCatalogue;

/** Wires the way to the sandboxes. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GatewayProperties.class)
class GatewayConfiguration {

	@Bean
	GatewayConnector gatewayConnector() {
		return new GatewayConnector();
	}

	@Bean
	HttpForwarder httpForwarder(GatewayProperties properties) {
		return new HttpForwarder(properties);
	}

	@Bean
	WebSocketForwarder webSocketForwarder(GatewayProperties properties) {
		return new WebSocketForwarder(properties);
	}

	@Bean
	DesktopAccess desktopAccess(SecurityProperties properties, BearerToken token) {
		return new DesktopAccess(properties, (authorization) -> token
			.judge((authorization != null) ? List.of(authorization) : List.of()) == BearerToken.Verdict.RIGHT);
	}

	@Bean
	ServletRegistrationBean<ProxyServlet> proxyServlet(SandboxAccess sandboxes, HttpForwarder forwarder) {
		return new ServletRegistrationBean<>(new ProxyServlet(sandboxes, forwarder), ProxyServlet.ROUTE + "*");
	}

	@Bean
	ServletRegistrationBean<RelayServlet> relayServlet(SandboxAccess sandboxes, HttpForwarder http,
			WebSocketForwarder webSockets) {
		return new ServletRegistrationBean<>(new RelayServlet(sandboxes, http, webSockets), RelayServlet.ROUTE + "*");
	}

	@Bean
	ServletRegistrationBean<DesktopServlet> desktopServlet(SandboxAccess sandboxes, DesktopAccess access,
			HttpForwarder http, WebSocketForwarder webSockets) {
		return new ServletRegistrationBean<>(new DesktopServlet(sandboxes, access, http, webSockets),
				DesktopServlet.ROUTE + "*");
	}

	@Bean
	ServletRegistrationBean<AioServlet> aioServlet(AioSessions sessions, SandboxAccess sandboxes, Passage passage) {
		return new ServletRegistrationBean<>(new AioServlet(sessions, sandboxes, passage),
				AioServlet.ROUTES.toArray(String[]::new));
	}

	@Bean
	Passage passage(SandboxAccess sandboxes, HttpForwarder http, WebSocketForwarder webSockets) {
		return new Passage(sandboxes, http, webSockets);
	}

	@Bean
	ServletRegistrationBean<SandboxServlet> sandboxServlet(SandboxAccess sandboxes, TemplateCatalogue catalogue,
			Passage passage) {
		return new ServletRegistrationBean<>(new SandboxServlet(sandboxes, catalogue, passage),
				SandboxServlet.ROUTE + "*");
	}

	/**
	 * Takes the place of the filter that reads the forms in the bodies of {@code PUT},
	 * {@code PATCH} and {@code DELETE}: they belong to the sandboxes, and nothing else
	 * here takes forms.
	 */
	@Bean
	FormContentFilter formContentFilter() {
		return new FormContentFilter() {

			@Override
			protected boolean shouldNotFilter(jakarta.servlet.http.HttpServletRequest request) {
				return true;
			}

		};
	}

}
