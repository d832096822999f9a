package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** Fails when the time is over, however little the other side sends at a time. */
final class DeadlineInputStream extends InputStream {

	private final Socket socket;

	private final InputStream in;

	private final long deadline;

	DeadlineInputStream(Socket socket, Duration timeout) throws IOException {
		this.socket = socket;
		this.in = socket.getInputStream();
		this.deadline = System.nanoTime() + timeout.toNanos();
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) == -1) ? -1 : one[0] & 0xff;
	}

	@Override
	public int read(byte[] bytes, int offset, int length) throws IOException {
		long left = Duration.ofNanos(this.deadline - System.nanoTime()).toMillis();
		if (left <= 0) {
			throw new SocketTimeoutException("the time is over");
		}
		this.socket.setSoTimeout((int) left);
		return this.in.read(bytes, offset, length);
	}

}
