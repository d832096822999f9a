package io.sandboxmanager.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/** A request whose client can do what no decent client does, such as to hang up. */
final class RawRequest implements AutoCloseable {

	private static final int TIMEOUT_MILLIS = 60_000;

	private final Socket socket;

	private RawRequest(Socket socket) {
		this.socket = socket;
	}

	/**
	 * Sends the head of a request, and the body that goes with it.
	 * @param length of the whole body, of which more may follow
	 */
	static RawRequest begin(ServerProcess server, String requestLine, long length, String body) throws IOException {
		URI address = server.address();
		Socket socket = new Socket(address.getHost(), address.getPort());
		socket.setSoTimeout(TIMEOUT_MILLIS);
		RawRequest request = new RawRequest(socket);
		request
			.send(requestLine + " HTTP/1.1\r\nHost: " + address.getAuthority() + "\r\n" + authorization(server.token())
					+ "Content-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n" + body);
		return request;
	}

	private static String authorization(@Nullable String token) {
		return (token != null) ? "Authorization: Bearer " + token + "\r\n" : "";
	}

	private void send(String text) throws IOException {
		send(text.getBytes(StandardCharsets.UTF_8));
	}

	void send(byte[] bytes) throws IOException {
		OutputStream output = this.socket.getOutputStream();
		output.write(bytes);
		output.flush();
	}

	/** Reads so many bytes of the answer. */
	void read(long count) throws IOException {
		InputStream input = this.socket.getInputStream();
		long left = count;
		byte[] buffer = new byte[64 * 1024];
		while (left > 0) {
			int read = input.read(buffer, 0, (int) Math.min(buffer.length, left));
			if (read == -1) {
				throw new AssertionError("the answer ended " + left + " bytes too early");
			}
			left -= read;
		}
	}

	/** Waits until the server has closed the connection. */
	boolean isClosedByServer() throws IOException {
		try {
			return this.socket.getInputStream().read() == -1;
		}
		catch (SocketTimeoutException ex) {
			return false;
		}
	}

	/** Hangs up as a process does that is killed. */
	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	/** Hangs up as a machine does that was switched off and on: with a reset. */
	void reset() throws IOException {
		this.socket.setSoLinger(true, 0);
		this.socket.close();
	}

}
