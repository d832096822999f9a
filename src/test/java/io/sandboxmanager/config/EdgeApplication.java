package io.sandboxmanager.config;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.FilterType;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import io.sandboxmanager.gateway.GatewayConnector;
import io.sandboxmanager.security.RequestOwner;

/** The server's edge, filters and error form, around handlers that only say hello. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = ErrorMvcAutoConfiguration.class)
@Import({ SecurityConfiguration.class, ObserveConfiguration.class, ErrorConfiguration.class, GatewayConnector.class })
@ComponentScan(basePackages = "io.sandboxmanager.agentscope", useDefaultFilters = false,
		includeFilters = @Filter(type = FilterType.REGEX, pattern = ".*\\.AgentScopeErrors"))
class EdgeApplication {

	/** Remembers what came through. */
	@RestController
	static class Handlers {

		final List<String> reached = new CopyOnWriteArrayList<>();

		@GetMapping("/health")
		Map<String, String> health() {
			return Map.of("status", "healthy");
		}

		@PostMapping("/create")
		Map<String, String> create(HttpServletRequest request) {
			this.reached.add(request.getRequestURI());
			return Map.of("data", RequestOwner.of(request).name());
		}

		@PostMapping("/boom")
		Map<String, String> boom() {
			throw new IllegalStateException("something private");
		}

		@DeleteMapping("/desktop/broken/**")
		Map<String, String> brokenDesktop() {
			throw new IllegalStateException("something private");
		}

		@RequestMapping({ "/proxy/{id}/**", "/" })
		Map<String, String> proxy(HttpServletRequest request) {
			this.reached.add(request.getRequestURI());
			return Map.of("data", "proxy");
		}

		@GetMapping({ "/desktop/{name}", "/desktop/{name}/**" })
		Map<String, String> desktop() {
			return Map.of("data", "desktop");
		}

	}

}
