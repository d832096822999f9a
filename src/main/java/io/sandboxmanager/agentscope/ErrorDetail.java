package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** The form of every error on this wire: {@code {"detail":"..."}}. */
public record ErrorDetail(String detail) {

	/** Seconds after which to ask again when the state was not available. */
	static final String RETRY_AFTER = "1";

	static ResponseEntity<ErrorDetail> answer(HttpStatusCode status, String detail) {
		return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON).body(new ErrorDetail(detail));
	}

	/** Answers where there is no controller to do it. */
	public static void write(HttpServletResponse response, int status, String detail) throws IOException {
		byte[] body = new ErrorDetail(detail).toJson().getBytes(StandardCharsets.UTF_8);
		response.setStatus(status);
		response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

	String toJson() {
		return AgentScopeJson.MAPPER.writeValueAsString(this);
	}

}
