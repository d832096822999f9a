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

	private final TunnelLoop loop;

	TowardsClient(Tunnel tunnel, SocketChannel sandbox, TunnelClient client, TunnelLoop loop) {
		this.tunnel = tunnel;
		this.sandbox = sandbox;
		this.client = client;
		this.loop = loop;
	}

	/** Sends what came with the handshake, then waits for more. */
	void send(ByteBuffer first) {
		if (!first.hasRemaining() || this.client.write(first, this)) {
			this.tunnel.await(SelectionKey.OP_READ);
		}
	}

	/** Carries what is there. A buffer that the client does not take at once is its. */
	void pump() {
		ByteBuffer buffer = this.loop.buffer();
		try {
			if (carry(buffer)) {
				this.loop.giveBack(buffer);
			}
		}
		catch (IOException ex) {
			this.loop.giveBack(buffer);
			this.tunnel.broken(ex);
		}
	}

	private boolean carry(ByteBuffer buffer) throws IOException {
		for (int i = 0; i < TURN; i++) {
			buffer.clear();
			int size = this.sandbox.read(buffer);
			buffer.flip();
			if (size < 0) {
				this.tunnel.sandboxEnded();
				return true;
			}
			if (size == 0) {
				break;
			}
			this.tunnel.used();
			if (!this.client.write(buffer, this)) {
				return false;
			}
		}
		this.tunnel.await(SelectionKey.OP_READ);
		return true;
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
