package io.sandboxmanager.agentscope;

import java.net.URI;
import java.util.Optional;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * Recognises a path of ours that was written with a slash at its end. Only paths without
 * variables count: below {@code /proxy} the slash belongs to the sandbox.
 */
class TrailingSlash {

	private final ObjectProvider<RequestMappingHandlerMapping> routes;

	TrailingSlash(ObjectProvider<RequestMappingHandlerMapping> routes) {
		this.routes = routes;
	}

	/** Where the request was meant to go, if the slash is all that is wrong with it. */
	Optional<URI> meant(HttpServletRequest request) {
		String path = request.getRequestURI();
		if (!path.endsWith("/") || !isRoute(path.substring(0, path.length() - 1))) {
			return Optional.empty();
		}
		String query = request.getQueryString();
		return Optional.of(URI.create(path.substring(0, path.length() - 1) + ((query != null) ? "?" + query : "")));
	}

	private boolean isRoute(String path) {
		return this.routes.stream()
			.flatMap((mapping) -> mapping.getHandlerMethods().keySet().stream())
			.anyMatch((route) -> route.getDirectPaths().contains(path));
	}

}
