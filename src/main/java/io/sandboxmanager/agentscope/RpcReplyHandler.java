package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.MediaType;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodReturnValueHandler;
import org.springframework.web.method.support.ModelAndViewContainer;

/**
 * Writes {@code {"data":...}} without taking a sandbox's JSON apart, whatever the caller
 * would accept: this wire has one form.
 */
class RpcReplyHandler implements HandlerMethodReturnValueHandler {

	static final String ERROR_HEADER = "X-Sandbox-Error";

	private static final int MAX_ERROR = 512;

	private static final byte[] OPEN = "{\"data\":".getBytes(StandardCharsets.US_ASCII);

	@Override
	public boolean supportsReturnType(MethodParameter type) {
		return type.getParameterType() == RpcReply.class;
	}

	@Override
	public void handleReturnValue(@Nullable Object value, MethodParameter type, ModelAndViewContainer container,
			NativeWebRequest request) throws IOException {
		container.setRequestHandled(true);
		write((RpcReply) Objects.requireNonNull(value),
				Objects.requireNonNull(request.getNativeResponse(HttpServletResponse.class)));
	}

	private static void write(RpcReply reply, HttpServletResponse response) throws IOException {
		response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		response.setContentLengthLong(OPEN.length + reply.data().length() + 1L);
		if (reply.error() != null) {
			response.setHeader(ERROR_HEADER, headerValue(reply.error()));
		}
		try {
			OutputStream body = response.getOutputStream();
			body.write(OPEN);
			reply.data().writeTo(body);
			body.write('}');
			body.flush();
		}
		catch (IOException ex) {
			reply.onLost().run();
			throw ex;
		}
	}

	/** One line of printable ASCII. */
	private static String headerValue(String text) {
		String line = text.replaceAll("[^\\x20-\\x7e]+", " ");
		return (line.length() > MAX_ERROR) ? line.substring(0, MAX_ERROR) : line;
	}

}
