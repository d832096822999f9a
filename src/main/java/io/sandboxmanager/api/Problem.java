package io.sandboxmanager.api;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.json.JsonMapper;

import io.sandboxmanager.gateway.UpstreamBusyException;
import io.sandboxmanager.gateway.UpstreamException;
import io.sandboxmanager.gateway.UpstreamSilentException;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.NoWarmSandboxException;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxLimitExceededException;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.UnknownSandboxTypeException;
import io.sandboxmanager.security.Redaction;

/**
 * The problems (RFC 9457) that callers are told. The {@code type} is a stable name of the
 * cause, the {@code detail} says what to do.
 */
enum Problem {

	NOT_FOUND(HttpStatus.NOT_FOUND),

	INVALID_REQUEST(HttpStatus.BAD_REQUEST),

	UNAUTHENTICATED(HttpStatus.UNAUTHORIZED),

	METHOD_NOT_ALLOWED(HttpStatus.METHOD_NOT_ALLOWED),

	PORT_NOT_ALLOWED(HttpStatus.FORBIDDEN),

	NO_BROWSER(HttpStatus.NOT_FOUND),

	NOT_RUNNING(HttpStatus.CONFLICT),

	LIMIT_REACHED(HttpStatus.TOO_MANY_REQUESTS),

	POOL_EMPTY(HttpStatus.SERVICE_UNAVAILABLE),

	STATE_UNAVAILABLE(HttpStatus.SERVICE_UNAVAILABLE),

	SANDBOX_BUSY(HttpStatus.SERVICE_UNAVAILABLE),

	SANDBOX_UNREACHABLE(HttpStatus.BAD_GATEWAY),

	SANDBOX_SILENT(HttpStatus.GATEWAY_TIMEOUT),

	SANDBOX_FAILED(HttpStatus.BAD_GATEWAY);

	private static final String TYPES = "urn:sandbox-manager:problem:";

	/** Seconds; whoever was refused may find another answer then. */
	private static final String RETRY_AFTER = "1";

	private final HttpStatus status;

	Problem(HttpStatus status) {
		this.status = status;
	}

	static Problem of(SandboxException failure) {
		if (failure instanceof SandboxNotFoundException || failure instanceof UnknownSandboxTypeException) {
			return NOT_FOUND;
		}
		if (failure instanceof InvalidSandboxRequestException) {
			return INVALID_REQUEST;
		}
		if (failure instanceof PortNotAllowedException) {
			return PORT_NOT_ALLOWED;
		}
		if (failure instanceof NoBrowserException) {
			return NO_BROWSER;
		}
		if (failure instanceof BrowserSilentException) {
			return SANDBOX_UNREACHABLE;
		}
		if (failure instanceof SandboxUnavailableException) {
			return NOT_RUNNING;
		}
		if (failure instanceof SandboxLimitExceededException) {
			return LIMIT_REACHED;
		}
		if (failure instanceof NoWarmSandboxException) {
			return POOL_EMPTY;
		}
		if (failure instanceof UpstreamException upstream) {
			return ofForwarding(upstream);
		}
		return (failure instanceof StateUnavailableException) ? STATE_UNAVAILABLE : SANDBOX_FAILED;
	}

	private static Problem ofForwarding(UpstreamException failure) {
		if (failure instanceof UpstreamBusyException) {
			return SANDBOX_BUSY;
		}
		return (failure instanceof UpstreamSilentException) ? SANDBOX_SILENT : SANDBOX_UNREACHABLE;
	}

	/** The answer of a controller. */
	ResponseEntity<ProblemDetail> answer(String detail, HttpServletRequest request) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(this.status, detail);
		problem.setType(type());
		problem.setInstance(instance(request));
		ResponseEntity.BodyBuilder answer = ResponseEntity.status(this.status);
		if (isPassing()) {
			answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
		}
		return answer.contentType(MediaType.APPLICATION_PROBLEM_JSON).body(problem);
	}

	/** Answers where there is no controller to do it. */
	void write(HttpServletResponse response, String detail) throws IOException {
		Body problem = new Body(detail, this.status.value(), this.status.getReasonPhrase(), type());
		byte[] body = JsonMapper.shared().writeValueAsString(problem).getBytes(StandardCharsets.UTF_8);
		response.setStatus(this.status.value());
		if (isPassing()) {
			response.setHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
		}
		response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

	/** The path that was asked for, unless it is none. */
	private static URI instance(HttpServletRequest request) {
		try {
			return new URI(Redaction.path(request.getRequestURI()));
		}
		catch (URISyntaxException ex) {
			return URI.create("/");
		}
	}

	private URI type() {
		return URI.create(TYPES + name().toLowerCase(Locale.ROOT).replace('_', '-'));
	}

	private boolean isPassing() {
		return this.status == HttpStatus.SERVICE_UNAVAILABLE || this.status == HttpStatus.TOO_MANY_REQUESTS;
	}

	private record Body(String detail, int status, String title, URI type) {
	}

}
