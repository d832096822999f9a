package io.sandboxmanager.gateway;

import java.io.IOException;
import java.time.Duration;

import jakarta.servlet.ServletRequest;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Response;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * What the gateway needs to do with a client's connection and the servlet API has no
 * words for. {@link GatewayProtocol} gives each request its own.
 */
final class ClientConnection {

	private static final String ATTRIBUTE = ClientConnection.class.getName();

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
