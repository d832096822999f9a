package io.sandboxmanager.observe;

import java.io.IOException;
import java.util.regex.Pattern;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.springframework.util.AlternativeJdkIdGenerator;
import org.springframework.util.IdGenerator;

/**
 * Gives each request an id that its answer and every log line about it carry. A caller
 * may bring one, so that its own log and this one can be laid side by side.
 */
public final class RequestIdFilter extends HttpFilter {

	static final String HEADER = "X-Request-ID";

	static final String MDC_KEY = "requestId";

	/** What can do no harm in a log or a header. */
	private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._-]{1,128}");

	/** No secrets, so they may be cheap. */
	private final transient IdGenerator ids = new AlternativeJdkIdGenerator();

	@Override
	protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		String id = id(request.getHeader(HEADER));
		response.setHeader(HEADER, id);
		MDC.put(MDC_KEY, id);
		try {
			chain.doFilter(request, response);
		}
		finally {
			MDC.remove(MDC_KEY);
		}
	}

	private String id(@Nullable String given) {
		return (given != null && FORM.matcher(given).matches()) ? given : this.ids.generateId().toString();
	}

}
