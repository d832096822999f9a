package io.sandboxmanager.api;

import jakarta.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.security.Redaction;

/** Tells the failures of controllers as problems. */
@RestControllerAdvice(basePackageClasses = ApiErrors.class)
@Order(Ordered.HIGHEST_PRECEDENCE)
class ApiErrors {

	private static final Logger logger = LoggerFactory.getLogger(ApiErrors.class);

	@ExceptionHandler
	ResponseEntity<ProblemDetail> failed(SandboxException failure, HttpServletRequest request) {
		logger.info("{} {} failed: {}", request.getMethod(), Redaction.path(request.getRequestURI()),
				failure.getMessage());
		return Problem.of(failure).answer(String.valueOf(failure.getMessage()), request);
	}

	@ExceptionHandler
	ResponseEntity<ProblemDetail> unreadable(HttpMessageNotReadableException failure, HttpServletRequest request) {
		Throwable reason = failure.getMostSpecificCause();
		String line = String.valueOf(reason.getMessage()).lines().findFirst().orElse("it cannot be read");
		return Problem.INVALID_REQUEST.answer("the body is not what is expected: " + line, request);
	}

}
