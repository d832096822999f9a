package io.sandboxmanager.agentscope;

import java.net.URI;
import java.util.Optional;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.servlet.NoHandlerFoundException;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import org.springframework.web.util.DisconnectedClientHelper;

import io.sandboxmanager.security.Redaction;

/**
 * The one mapper of failures to this wire's {@code {"detail"}}: what no other mapper of
 * the server has taken. A failure inside an RPC says which one it was; what is mapped
 * here happened outside of them.
 */
@RestControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
class AgentScopeErrors {

	private static final Logger LOGGER = LoggerFactory.getLogger(AgentScopeErrors.class);

	private final TrailingSlash trailingSlash;

	AgentScopeErrors(ObjectProvider<RequestMappingHandlerMapping> routes) {
		this.trailingSlash = new TrailingSlash(routes);
	}

	/** No such path, unless it is one of ours with a slash too many. */
	@ExceptionHandler({ NoHandlerFoundException.class, NoResourceFoundException.class })
	ResponseEntity<ErrorDetail> unknownPath(HttpServletRequest request) {
		Optional<URI> meant = this.trailingSlash.meant(request);
		if (meant.isPresent()) {
			return ResponseEntity.status(HttpStatus.TEMPORARY_REDIRECT).location(meant.get()).build();
		}
		return ErrorDetail.answer(HttpStatus.NOT_FOUND, HttpStatus.NOT_FOUND.getReasonPhrase());
	}

	/** What the framework refuses and what failed unexpectedly. */
	@ExceptionHandler
	@Nullable ResponseEntity<ErrorDetail> failure(Exception failure, HttpServletRequest request) {
		if (failure instanceof ErrorResponse refusal) {
			return refused(refusal);
		}
		if (DisconnectedClientHelper.isClientDisconnectedException(failure)) {
			LOGGER.debug("The client of {} {} has gone", request.getMethod(), Redaction.path(request.getRequestURI()));
			return null;
		}
		LOGGER.error("{} {} failed", request.getMethod(), Redaction.path(request.getRequestURI()), failure);
		HttpStatus status = HttpStatus.INTERNAL_SERVER_ERROR;
		return ErrorDetail.answer(status, status.getReasonPhrase());
	}

	private static ResponseEntity<ErrorDetail> refused(ErrorResponse refusal) {
		HttpStatus status = HttpStatus.resolve(refusal.getStatusCode().value());
		String detail = (status != null) ? status.getReasonPhrase() : refusal.getStatusCode().toString();
		return ResponseEntity.status(refusal.getStatusCode())
			.headers(refusal.getHeaders())
			.contentType(MediaType.APPLICATION_JSON)
			.body(new ErrorDetail(detail));
	}

}
