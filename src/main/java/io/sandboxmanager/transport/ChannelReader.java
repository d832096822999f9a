package io.sandboxmanager.transport;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.function.IntSupplier;

/** Reads from a channel that does not block, and waits as long as a timeout says. */
final class ChannelReader extends InputStream {

	private final SocketChannel channel;

	private final IntSupplier timeoutMillis;

	private final Readiness readable;

	ChannelReader(SocketChannel channel, IntSupplier timeoutMillis) {
		this.channel = channel;
		this.timeoutMillis = timeoutMillis;
		this.readable = new Readiness(channel, SelectionKey.OP_READ);
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) == 1) ? one[0] & 0xff : -1;
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		Objects.checkFromIndexSize(offset, length, target.length);
		if (length == 0) {
			return 0;
		}
		ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
		int timeout = this.timeoutMillis.getAsInt();
		long deadline = System.nanoTime() + timeout * 1_000_000L;
		int read = this.channel.read(buffer);
		while (read == 0) {
			long left = (timeout > 0) ? (deadline - System.nanoTime()) / 1_000_000 : 0;
			if (timeout > 0 && left <= 0) {
				throw new SocketTimeoutException("nothing came within " + timeout + " ms");
			}
			this.readable.await((int) left);
			read = this.channel.read(buffer);
		}
		return read;
	}

	/** At least one byte, or the end, can be read at once. */
	@Override
	public int available() throws IOException {
		return this.readable.isReady() ? 1 : 0;
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
		wake();
	}

	void wake() throws IOException {
		this.readable.wake();
	}

}
