package io.sandboxmanager.security;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.MediaType;

/** The answer of a filter that lets a request go no further. */
final class Refusal {

	private Refusal() {
	}

	/** Writes {@code {"detail":"..."}}; the text is one of ours and needs no escapes. */
	static void write(HttpServletResponse response, int status, String detail) throws IOException {
		byte[] body = ("{\"detail\":\"" + detail + "\"}").getBytes(StandardCharsets.UTF_8);
		response.setStatus(status);
		response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

}
