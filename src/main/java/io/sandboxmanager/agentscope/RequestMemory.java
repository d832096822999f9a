package io.sandboxmanager.agentscope;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.HandlerInterceptor;

import io.sandboxmanager.sandbox.ByteBudget;

/**
 * What a request holds of a {@link ByteBudget}: given back when it is over, be it that
 * the answer was written, that the call failed or that the client has gone.
 */
class RequestMemory implements HandlerInterceptor {

	private static final String ATTRIBUTE = RequestMemory.class.getName();

	/** Closes this when the request is over. */
	static <T extends AutoCloseable> T hold(HttpServletRequest request, T memory) {
		held(request).add(memory);
		return memory;
	}

	@Override
	public void afterCompletion(HttpServletRequest request, HttpServletResponse response, Object handler,
			@Nullable Exception failure) throws Exception {
		closeAll(held(request).iterator());
	}

	/** The others are closed even if one cannot be. */
	private static void closeAll(Iterator<AutoCloseable> rest) throws Exception {
		if (rest.hasNext()) {
			try (AutoCloseable next = rest.next()) {
				closeAll(rest);
			}
		}
	}

	@SuppressWarnings("unchecked")
	private static List<AutoCloseable> held(HttpServletRequest request) {
		if (request.getAttribute(ATTRIBUTE) instanceof List<?> there) {
			return (List<AutoCloseable>) there;
		}
		List<AutoCloseable> fresh = new ArrayList<>();
		request.setAttribute(ATTRIBUTE, fresh);
		return fresh;
	}

}
