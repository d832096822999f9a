package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

import jakarta.servlet.ServletRequest;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Response;
import org.apache.hc.core5.http.Header;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * What the gateway needs to do with a client's connection and the servlet API has no
 * words for. {@link GatewayProtocol} gives each request its own.
 */
final class ClientConnection {

	private static final String ATTRIBUTE = ClientConnection.class.getName();

	private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0a-\\x1f\\x7f]");

	private final SocketWrapperBase<?> socket;

	private final Response response;

	ClientConnection(SocketWrapperBase<?> socket, Response response) {
		this.socket = socket;
		this.response = response;
	}

	static ClientConnection of(ServletRequest request) {
		if (request.getAttribute(ATTRIBUTE) instanceof ClientConnection connection) {
			return connection;
		}
		throw new IllegalStateException("the server does not run with " + GatewayProtocol.class.getName());
	}

	void attachTo(org.apache.coyote.Request request) {
		request.setAttribute(ATTRIBUTE, this);
	}

	/** Sets the type as it is; the servlet API would write the charset anew. */
	void contentType(String type) {
		this.response.getMimeHeaders().setValue("Content-Type").setString(type);
	}

	/**
	 * Gives the client this long to send or take each piece. The web server's own limit
	 * is made for requests that it answers by itself.
	 */
	void patience(Duration timeout) {
		this.socket.setReadTimeout(timeout.toMillis());
		this.socket.setWriteTimeout(timeout.toMillis());
	}

	/** Whether it knows trailers and answers before the answer, as HTTP/1.1 does. */
	boolean isCurrent() {
		AtomicBoolean trailers = new AtomicBoolean();
		this.response.action(ActionCode.IS_TRAILER_FIELDS_SUPPORTED, trailers);
		return trailers.get();
	}

	/** Sends an answer that comes before the answer. */
	void interim(int status, List<Header> headers) throws IOException {
		StringBuilder head = new StringBuilder("HTTP/1.1 ").append(status).append(" \r\n");
		headers.forEach((header) -> head.append(header.getName())
			.append(": ")
			.append(oneLine(header.getValue()))
			.append("\r\n"));
		byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
		this.socket.write(true, bytes, 0, bytes.length);
		this.socket.flush(true);
	}

	/** As the web server writes all others. */
	private static String oneLine(String value) {
		return CONTROL.matcher(value).replaceAll(" ");
	}

	/**
	 * Ends the connection at once, so that the client sees an answer that was cut off and
	 * not one that is complete.
	 */
	void abort() {
		this.response.action(ActionCode.CLOSE_NOW, null);
	}

	/**
	 * Whether the client has closed its side. What it has sent beyond its request is kept
	 * for whoever reads next. To be called only while nobody else uses the connection.
	 */
	boolean hasLeft() {
		try {
			this.socket.isReadyForRead();
			return false;
		}
		catch (IOException ex) {
			return true;
		}
	}

}
