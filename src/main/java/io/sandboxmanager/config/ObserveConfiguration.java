package io.sandboxmanager.config;

import jakarta.servlet.Filter;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import io.sandboxmanager.observe.AccessLogFilter;
import io.sandboxmanager.observe.RequestIdFilter;

/** What is known of each request. */
@Configuration(proxyBeanMethods = false)
class ObserveConfiguration {

	@Bean
	FilterRegistrationBean<Filter> requestIdFilter() {
		return FilterOrder.REQUEST_ID.register(new RequestIdFilter());
	}

	@Bean
	FilterRegistrationBean<Filter> accessLogFilter() {
		return FilterOrder.ACCESS_LOG.register(new AccessLogFilter());
	}

}
