package io.sandboxmanager.observe;

import java.io.IOException;
import java.time.Duration;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import io.sandboxmanager.security.Redaction;

/** Logs what was asked, what was answered and how long it took. */
public final class AccessLogFilter extends HttpFilter {

	private static final Logger LOGGER = LoggerFactory.getLogger(AccessLogFilter.class);

	@Override
	protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		if (!LOGGER.isDebugEnabled()) {
			chain.doFilter(request, response);
			return;
		}
		long begin = System.nanoTime();
		try {
			chain.doFilter(request, response);
		}
		finally {
			if (request.isAsyncStarted()) {
				request.getAsyncContext().addListener(new AtTheEnd(request, response, begin));
			}
			else {
				log(request, response, begin);
			}
		}
	}

	private static void log(HttpServletRequest request, HttpServletResponse response, long begin) {
		LOGGER.debug("{} {} {} {} ms", request.getMethod(),
				Redaction.target(request.getRequestURI(), request.getQueryString()), response.getStatus(),
				Duration.ofNanos(System.nanoTime() - begin).toMillis());
	}

	/** Logs a request that is answered later, by another thread. */
	private record AtTheEnd(HttpServletRequest request, HttpServletResponse response,
			long begin) implements AsyncListener {

		@Override
		public void onComplete(AsyncEvent event) {
			MDC.put(RequestIdFilter.MDC_KEY, this.response.getHeader(RequestIdFilter.HEADER));
			log(this.request, this.response, this.begin);
			MDC.remove(RequestIdFilter.MDC_KEY);
		}

		@Override
		public void onTimeout(AsyncEvent event) {
			// onComplete follows
		}

		@Override
		public void onError(AsyncEvent event) {
			// onComplete follows
		}

		@Override
		public void onStartAsync(AsyncEvent event) {
			event.getAsyncContext().addListener(this);
		}

	}

}
