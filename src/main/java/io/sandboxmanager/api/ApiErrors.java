package io.sandboxmanager.api;

import java.net.URI;
import java.util.Locale;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.NoWarmSandboxException;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.UnknownSandboxTypeException;
import jakarta.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * The one mapper of failures to problems (RFC 9457). The {@code type} is a stable name of
 * the cause, the {@code detail} says what to do.
 */
@RestControllerAdvice(basePackageClasses = ApiErrors.class)
@Order(Ordered.HIGHEST_PRECEDENCE)
class ApiErrors {

	private static final Logger logger = LoggerFactory.getLogger(ApiErrors.class);

	private static final String TYPES = "urn:sandbox-manager:problem:";

	/** Seconds; whoever was refused may find another answer then. */
	private static final String RETRY_AFTER = "1";

	@ExceptionHandler
	ResponseEntity<ProblemDetail> failed(SandboxException failure, HttpServletRequest request) {
		Cause cause = causeOf(failure);
		logger.info("{} {} failed: {}", request.getMethod(), request.getRequestURI(), failure.getMessage());
		return answer(cause, String.valueOf(failure.getMessage()));
	}

	@ExceptionHandler
	ResponseEntity<ProblemDetail> unreadable(HttpMessageNotReadableException failure) {
		Throwable reason = failure.getMostSpecificCause();
		String line = String.valueOf(reason.getMessage()).lines().findFirst().orElse("it cannot be read");
		return answer(Cause.INVALID_REQUEST, "the body is not what is expected: " + line);
	}

	private static Cause causeOf(SandboxException failure) {
		if (failure instanceof SandboxNotFoundException || failure instanceof UnknownSandboxTypeException) {
			return Cause.NOT_FOUND;
		}
		if (failure instanceof InvalidSandboxRequestException) {
			return Cause.INVALID_REQUEST;
		}
		if (failure instanceof SandboxUnavailableException) {
			return Cause.NOT_RUNNING;
		}
		if (failure instanceof SandboxLimitExceededException) {
			return Cause.LIMIT_REACHED;
		}
		if (failure instanceof NoWarmSandboxException) {
			return Cause.POOL_EMPTY;
		}
		return (failure instanceof StateUnavailableException) ? Cause.STATE_UNAVAILABLE : Cause.SANDBOX_FAILED;
	}

	private static ResponseEntity<ProblemDetail> answer(Cause cause, String detail) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(cause.status, detail);
		problem.setType(URI.create(TYPES + cause.name().toLowerCase(Locale.ROOT).replace('_', '-')));
		ResponseEntity.BodyBuilder answer = ResponseEntity.status(cause.status);
		if (cause.status == HttpStatus.SERVICE_UNAVAILABLE || cause.status == HttpStatus.TOO_MANY_REQUESTS) {
			answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
		}
		return answer.contentType(MediaType.APPLICATION_PROBLEM_JSON).body(problem);
	}

	private enum Cause {

		NOT_FOUND(HttpStatus.NOT_FOUND),

		INVALID_REQUEST(HttpStatus.BAD_REQUEST),

		NOT_RUNNING(HttpStatus.CONFLICT),

		LIMIT_REACHED(HttpStatus.TOO_MANY_REQUESTS),

		POOL_EMPTY(HttpStatus.SERVICE_UNAVAILABLE),

		STATE_UNAVAILABLE(HttpStatus.SERVICE_UNAVAILABLE),

		SANDBOX_FAILED(HttpStatus.BAD_GATEWAY);

		private final HttpStatus status;

		Cause(HttpStatus status) {
			this.status = status;
		}

	}

}
