package io.sandboxmanager.agentscope;

import java.io.IOException;

import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.databind.json.JsonMapper;

/** Answers with an error in AgentScope's form, where there is no controller to do it. */
final class DetailWriter {

	private final JsonMapper mapper;

	DetailWriter(JsonMapper mapper) {
		this.mapper = mapper;
	}

	void write(HttpServletResponse response, int status, String detail) throws IOException {
		byte[] body = this.mapper.writeValueAsBytes(new ErrorDetail(detail));
		response.setStatus(status);
		response.setContentType("application/json");
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

	void methodNotAllowed(HttpServletResponse response, String allowed) throws IOException {
		response.setHeader("Allow", allowed);
		write(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "Method Not Allowed");
	}

}
