package io.sandboxmanager.agentscope;

import java.util.List;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.HandlerMethodReturnValueHandler;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

import io.sandboxmanager.sandbox.ByteBudget;

/** Teaches the web framework the form of this wire's calls and answers. */
@Configuration(proxyBeanMethods = false)
class AgentScopeWeb implements WebMvcConfigurer {

	private final ByteBudget bodies;

	AgentScopeWeb(@Qualifier("bodyBudget") ByteBudget bodies) {
		this.bodies = bodies;
	}

	@Override
	public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
		resolvers.add(new RpcArgumentsResolver(this.bodies));
	}

	@Override
	public void addInterceptors(InterceptorRegistry registry) {
		registry.addInterceptor(new RequestMemory());
	}

	@Override
	public void addReturnValueHandlers(List<HandlerMethodReturnValueHandler> handlers) {
		handlers.add(new RpcReplyHandler());
	}

}
