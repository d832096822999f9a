package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Carries what the sandbox sends to the client; one piece at a time. */
final class TowardsClient implements TunnelClient.Outcome {

	/** After so many pieces the other tunnels get their turn. */
	private static final int TURN = 16;

	private final Tunnel tunnel;

	private final SocketChannel sandbox;

	private final TunnelClient client;

	private final ByteBuffer buffer = ByteBuffer.allocate(AnswerRelay.PIECE);

	TowardsClient(Tunnel tunnel, SocketChannel sandbox, TunnelClient client, ByteBuffer first) {
		this.tunnel = tunnel;
		this.sandbox = sandbox;
		this.client = client;
		this.buffer.put(first).flip();
	}

	/** Sends what is in the buffer, then waits for more. */
	void send() {
		if (!this.buffer.hasRemaining() || this.client.write(this.buffer, this)) {
			this.tunnel.await(SelectionKey.OP_READ);
		}
	}

	/** Carries what is there. */
	void pump() {
		try {
			for (int i = 0; i < TURN; i++) {
				this.buffer.clear();
				int size = this.sandbox.read(this.buffer);
				this.buffer.flip();
				if (size < 0) {
					this.tunnel.sandboxEnded();
					return;
				}
				if (size == 0) {
					break;
				}
				this.tunnel.used();
				if (!this.client.write(this.buffer, this)) {
					return;
				}
			}
			this.tunnel.await(SelectionKey.OP_READ);
		}
		catch (IOException ex) {
			this.tunnel.broken(ex);
		}
	}

	@Override
	public void done() {
		this.tunnel.used();
		this.tunnel.await(SelectionKey.OP_READ);
	}

	@Override
	public void failed() {
		this.tunnel.close();
	}

}
