package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Carries what the client sends to the sandbox; one piece at a time. */
final class TowardsSandbox implements TunnelClient.Outcome {

	/** What is held while nothing comes, which may be for hours. */
	private static final int IDLE = 1024;

	private final Tunnel tunnel;

	private final SocketChannel sandbox;

	private final TunnelClient client;

	private volatile boolean ended;

	private ByteBuffer buffer = ByteBuffer.allocate(IDLE).limit(0);

	TowardsSandbox(Tunnel tunnel, SocketChannel sandbox, TunnelClient client) {
		this.tunnel = tunnel;
		this.sandbox = sandbox;
		this.client = client;
	}

	/** Carries what is there, then waits for more. */
	void pump() {
		while (drain()) {
			this.buffer = next();
			if (!this.client.read(this.buffer, this)) {
				return;
			}
			this.buffer.flip();
			this.tunnel.used();
		}
	}

	/** A large one as long as each is filled. */
	private ByteBuffer next() {
		boolean filled = this.buffer.limit() == this.buffer.capacity();
		int size = filled ? AnswerRelay.PIECE : IDLE;
		return (this.buffer.capacity() == size) ? this.buffer.clear() : ByteBuffer.allocate(size);
	}

	/** The sandbox takes bytes again. */
	void writable() {
		if (!drain()) {
			return;
		}
		if (this.ended) {
			this.tunnel.clientEnded();
		}
		else {
			this.client.execute(this::pump);
		}
	}

	private boolean drain() {
		try {
			while (this.buffer.hasRemaining()) {
				if (this.sandbox.write(this.buffer) == 0) {
					this.tunnel.await(SelectionKey.OP_WRITE);
					return false;
				}
				this.tunnel.used();
			}
			return true;
		}
		catch (IOException ex) {
			this.tunnel.broken(ex);
			return false;
		}
	}

	@Override
	public void done() {
		this.buffer.flip();
		this.tunnel.used();
		pump();
	}

	/** Over TLS the last bytes come together with the end. */
	@Override
	public void failed() {
		this.buffer.flip();
		this.ended = true;
		if (drain()) {
			this.tunnel.clientEnded();
		}
	}

}
