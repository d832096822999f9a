package io.sandboxmanager.agentscope;

import java.nio.charset.StandardCharsets;

import jakarta.servlet.http.HttpServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * Failures of calls: {@code 500 {"detail":"Error in <method>: <text>"}}, or 503 with
 * {@code Retry-After} when the state is not available.
 */
@RestControllerAdvice(assignableTypes = { RpcController.class, CreationController.class })
@Order(Ordered.HIGHEST_PRECEDENCE)
class RpcErrors {

	private static final Logger logger = LoggerFactory.getLogger(RpcErrors.class);

	@ExceptionHandler
	ResponseEntity<ErrorDetail> failed(SandboxException failure, HttpServletRequest request) {
		logger.info("{} failed: {}", method(request), failure.getMessage());
		return reply(request, HttpStatus.INTERNAL_SERVER_ERROR, String.valueOf(failure.getMessage()));
	}

	@ExceptionHandler
	ResponseEntity<ErrorDetail> unavailable(StateUnavailableException failure, HttpServletRequest request) {
		logger.warn("{} failed: {}", method(request), failure.getMessage());
		return reply(request, HttpStatus.SERVICE_UNAVAILABLE, String.valueOf(failure.getMessage()));
	}

	@ExceptionHandler
	ResponseEntity<ErrorDetail> broken(RuntimeException failure, HttpServletRequest request) {
		logger.error("{} failed unexpectedly", method(request), failure);
		return reply(request, HttpStatus.INTERNAL_SERVER_ERROR, "internal error; the server's log says more");
	}

	private static ResponseEntity<ErrorDetail> reply(HttpServletRequest request, HttpStatus status, String text) {
		ResponseEntity.BodyBuilder reply = ResponseEntity.status(status);
		if (status == HttpStatus.SERVICE_UNAVAILABLE) {
			reply.header(HttpHeaders.RETRY_AFTER, ErrorDetail.RETRY_AFTER);
		}
		return reply.contentType(new MediaType(MediaType.APPLICATION_JSON, StandardCharsets.UTF_8))
			.body(new ErrorDetail("Error in " + method(request) + ": " + text));
	}

	private static String method(HttpServletRequest request) {
		String path = request.getRequestURI();
		return path.substring(path.lastIndexOf('/') + 1);
	}

}
