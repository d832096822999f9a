package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.http.converter.HttpMessageNotReadableException;

/** Writes {@code {"data":...}} without taking a sandbox's JSON apart. */
class RpcReplyConverter extends AbstractHttpMessageConverter<RpcReply> {

	static final String ERROR_HEADER = "X-Sandbox-Error";

	private static final int MAX_ERROR = 512;

	private static final byte[] OPEN = "{\"data\":".getBytes(StandardCharsets.US_ASCII);

	RpcReplyConverter() {
		super(MediaType.ALL);
	}

	@Override
	protected boolean supports(Class<?> type) {
		return type == RpcReply.class;
	}

	@Override
	public boolean canRead(Class<?> type, @Nullable MediaType mediaType) {
		return false;
	}

	@Override
	protected RpcReply readInternal(Class<? extends RpcReply> type, HttpInputMessage message) {
		throw new HttpMessageNotReadableException("a reply is only written", message);
	}

	@Override
	protected void writeInternal(RpcReply reply, HttpOutputMessage message) throws IOException {
		message.getHeaders().setContentType(MediaType.APPLICATION_JSON);
		message.getHeaders().setContentLength(OPEN.length + reply.data().length() + 1L);
		if (reply.error() != null) {
			message.getHeaders().set(ERROR_HEADER, headerValue(reply.error()));
		}
		try {
			OutputStream body = message.getBody();
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
