package io.sandboxmanager.transport;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Writes to a channel that does not block, and waits while it takes nothing. */
final class ChannelWriter extends OutputStream {

	private final SocketChannel channel;

	private final Readiness writable;

	ChannelWriter(SocketChannel channel) {
		this.channel = channel;
		this.writable = new Readiness(channel, SelectionKey.OP_WRITE);
	}

	@Override
	public void write(int value) throws IOException {
		write(new byte[] { (byte) value }, 0, 1);
	}

	@Override
	public void write(byte[] source, int offset, int length) throws IOException {
		ByteBuffer buffer = ByteBuffer.wrap(source, offset, length);
		while (buffer.hasRemaining()) {
			if (this.channel.write(buffer) == 0) {
				this.writable.await(0);
			}
		}
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
		wake();
	}

	void wake() throws IOException {
		this.writable.wake();
	}

}
