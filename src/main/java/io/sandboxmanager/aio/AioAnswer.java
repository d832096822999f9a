package io.sandboxmanager.aio;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/**
 * The envelope of every answer on this wire, as the server itself gives it when there is
 * no sandbox to do so.
 *
 * @param data always absent in a failure
 * @param hint what to do
 */
record AioAnswer(boolean success, String message, @Nullable Object data, String hint) {

	static void fail(HttpServletResponse response, int status, String message, String hint) throws IOException {
		byte[] body = JsonMapper.shared()
			.writeValueAsString(new AioAnswer(false, message, null, hint))
			.getBytes(StandardCharsets.UTF_8);
		response.setStatus(status);
		response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

}
