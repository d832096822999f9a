package io.sandboxmanager.config;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.core.Ordered;

/** The filters that every request passes, the outermost first. */
enum FilterOrder {

	/** The id of the request, for all that is logged from here on. */
	REQUEST_ID(0),

	/** What was answered, refusals included. */
	ACCESS_LOG(10),

	/** Hosts on which there is a sandbox and nothing of this server. */
	OWN_HOST(15),

	/** Which web pages may call; a refusal for the lack of a token needs its headers. */
	ORIGIN(20),

	/** Who may call. */
	TOKEN(30);

	private final int distance;

	FilterOrder(int distance) {
		this.distance = distance;
	}

	FilterRegistrationBean<Filter> register(Filter filter) {
		FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>(filter);
		registration.setName(filter.getClass().getSimpleName());
		registration.setOrder(Ordered.HIGHEST_PRECEDENCE + this.distance);
		registration.setDispatcherTypes(DispatcherType.REQUEST);
		registration.addUrlPatterns("/*");
		return registration;
	}

}
