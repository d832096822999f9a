package io.sandboxmanager.config;

import java.time.Clock;
import java.util.Objects;

import jakarta.servlet.Filter;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.filter.RequestContextFilter;

import io.sandboxmanager.agentscope.DesktopServlet;
import io.sandboxmanager.agentscope.ProxyServlet;
import io.sandboxmanager.agentscope.RelayServlet;
import io.sandboxmanager.aio.AioBrowser;
import io.sandboxmanager.aio.AioScreen;
import io.sandboxmanager.aio.AioServlet;
import io.sandboxmanager.aio.AioSessions;
import io.sandboxmanager.api.SandboxServlet;
import io.sandboxmanager.gateway.BrowserAddresses;
import io.sandboxmanager.gateway.GatewayConnector;
import io.sandboxmanager.gateway.GatewayProperties;
import io.sandboxmanager.gateway.HttpForwarder;
import io.sandboxmanager.gateway.OwnHostFilter;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.PublicProperties;
import io.sandboxmanager.gateway.SandboxDomain;
import io.sandboxmanager.gateway.SandboxDoor;
import io.sandboxmanager.gateway.ShortAnswers;
import io.sandboxmanager.gateway.WebSocketForwarder;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.security.BearerToken;
import io.sandboxmanager.security.DoorPolicy;
import io.sandboxmanager.security.OpenSockets;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.template.TemplateCatalogue;

/** Wires the way to the sandboxes. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ GatewayProperties.class, PublicProperties.class })
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
	Tickets tickets(SandboxStore store, Clock clock, SecurityProperties properties) {
		return new Tickets(store, clock, properties.maxTicketLifetime());
	}

	@Bean
	OpenSockets openSockets(SandboxStore store) {
		return new OpenSockets(store);
	}

	@Bean
	SandboxDoor sandboxDoor(BearerToken token, SecurityProperties properties, Tickets tickets, SandboxAccess sandboxes,
			SandboxDomain domain, PublicAddress address) {
		return new SandboxDoor(new DoorPolicy(token, properties), tickets, sandboxes, domain, address);
	}

	@Bean
	ServletRegistrationBean<ProxyServlet> proxyServlet(SandboxAccess sandboxes, Passage passage,
			PublicAddress address) {
		return new ServletRegistrationBean<>(new ProxyServlet(sandboxes, passage, address), ProxyServlet.ROUTE + "*");
	}

	@Bean
	ServletRegistrationBean<RelayServlet> relayServlet(SandboxAccess sandboxes, Passage passage,
			PublicAddress address) {
		return new ServletRegistrationBean<>(new RelayServlet(sandboxes, passage, address), RelayServlet.ROUTE + "*");
	}

	@Bean
	ServletRegistrationBean<DesktopServlet> desktopServlet(SandboxAccess sandboxes, SandboxDoor door, Passage passage,
			PublicAddress address) {
		return new ServletRegistrationBean<>(new DesktopServlet(sandboxes, door, passage, address),
				DesktopServlet.ROUTE + "*");
	}

	@Bean
	ServletRegistrationBean<AioServlet> aioServlet(AioSessions sessions, Passage passage, AioBrowser browser,
			AioScreen screen) {
		return new ServletRegistrationBean<>(new AioServlet(sessions, passage, browser, screen),
				AioServlet.ROUTES.toArray(String[]::new));
	}

	@Bean
	AioBrowser aioBrowser(TemplateCatalogue catalogue, BrowserAddresses addresses, PublicAddress address,
			Passage passage) {
		return new AioBrowser(catalogue, addresses, address, passage);
	}

	@Bean
	AioScreen aioScreen(SandboxDoor door, SandboxAccess sandboxes, Passage passage, PublicAddress address) {
		return new AioScreen(door, sandboxes, passage, address);
	}

	@Bean
	BrowserAddresses browserAddresses(Tickets tickets, PublicAddress address) {
		return new BrowserAddresses(tickets, address);
	}

	@Bean
	ShortAnswers shortAnswers(GatewayProperties properties) {
		return new ShortAnswers(properties);
	}

	@Bean
	PublicAddress publicAddress(PublicProperties properties) {
		return new PublicAddress(properties);
	}

	@Bean
	Passage passage(SandboxAccess sandboxes, HttpForwarder http, WebSocketForwarder webSockets, OpenSockets sockets,
			ShortAnswers answers) {
		return new Passage(sandboxes, http, webSockets, sockets, answers);
	}

	@Bean
	ServletRegistrationBean<SandboxServlet> sandboxServlet(SandboxAccess sandboxes, TemplateCatalogue catalogue,
			SandboxDoor door, Passage passage, Tickets tickets, PublicAddress address) {
		return new ServletRegistrationBean<>(new SandboxServlet(sandboxes, catalogue, door, passage, tickets, address),
				SandboxServlet.ROUTE + "*");
	}

	@Bean
	SandboxDomain sandboxDomain(PublicProperties properties, PublicAddress address) {
		return new SandboxDomain(properties, address);
	}

	@Bean
	FilterRegistrationBean<Filter> ownHostFilter(SandboxDomain domain, ServletRegistrationBean<SandboxServlet> ports,
			ServletRegistrationBean<DesktopServlet> desktops) {
		OwnHostFilter.Handler port = Objects.requireNonNull(ports.getServlet())::serve;
		OwnHostFilter.Handler screen = Objects.requireNonNull(desktops.getServlet())::serve;
		FilterRegistrationBean<Filter> filter = FilterOrder.OWN_HOST.register(new OwnHostFilter(domain, port, screen));
		filter.setEnabled(domain.isSet());
		return filter;
	}

	/**
	 * Spring's own servlet tells the thread of its request by itself, and nothing else
	 * asks.
	 */
	@Bean
	FilterRegistrationBean<RequestContextFilter> requestContextFilter() {
		FilterRegistrationBean<RequestContextFilter> none = new FilterRegistrationBean<>(new RequestContextFilter());
		none.setEnabled(false);
		return none;
	}

}
