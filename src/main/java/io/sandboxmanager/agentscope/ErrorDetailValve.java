package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.io.Writer;

import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

import io.sandboxmanager.security.Redaction;

/**
 * The same form for errors that never reach the application, such as malformed HTTP. The
 * container's own page is HTML and tells too much.
 */
public final class ErrorDetailValve extends ErrorReportValve {

	private static final Logger LOGGER = LoggerFactory.getLogger(ErrorDetailValve.class);

	@Override
	protected void report(Request request, Response response, @Nullable Throwable failure) {
		HttpStatus status = HttpStatus.resolve(response.getStatus());
		if (status == null || !status.isError() || response.getContentWritten() > 0 || !response.setErrorReported()) {
			return;
		}
		if (failure != null && status.is5xxServerError()) {
			LOGGER.error("{} {} failed in the container", request.getMethod(), Redaction.path(request.getRequestURI()),
					failure);
		}
		try {
			response.setContentType(MediaType.APPLICATION_JSON_VALUE);
			response.setCharacterEncoding("utf-8");
			Writer writer = response.getReporter();
			if (writer != null) {
				writer.write(new ErrorDetail(status.getReasonPhrase()).toJson());
				response.finishResponse();
			}
		}
		catch (IOException | IllegalStateException ex) {
			LOGGER.debug("The client has gone before it could be told {}", status, ex);
		}
	}

}
