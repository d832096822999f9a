package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket between a client and a sandbox after its handshake: bytes go both ways as
 * they are. Each direction has one buffer and reads only when that is empty, so a side
 * that does not read slows the other down. Waiting takes no thread.
 */
final class Tunnel {

	private static final Logger logger = LoggerFactory.getLogger(Tunnel.class);

	private final String name;

	private final SocketChannel sandbox;

	private final ByteBuffer first;

	private final TunnelLoop loop;

	private final Runnable onClose;

	private final AtomicBoolean closed = new AtomicBoolean();

	private volatile @Nullable Running running;

	private volatile long deadline;

	private boolean half;

	/**
	 * Makes a tunnel that waits for its client.
	 * @param sandbox the connection, after the handshake
	 * @param first what the sandbox has sent already
	 * @param onClose run once, when the tunnel is closed
	 */
	Tunnel(ForwardTarget target, SocketChannel sandbox, ByteBuffer first, TunnelLoop loop, Runnable onClose) {
		this.name = target.toString();
		this.sandbox = sandbox;
		this.first = first;
		this.loop = loop;
		this.onClose = onClose;
		this.deadline = loop.startDeadline();
	}

	/** Begins to carry. */
	void start(TunnelClient client) {
		this.loop.execute(() -> {
			try {
				this.sandbox.configureBlocking(false);
				SelectionKey key = this.loop.register(this.sandbox, this);
				Running running = new Running(client, key, new TowardsClient(this, this.sandbox, client, this.loop),
						new TowardsSandbox(this, this.sandbox, client));
				this.running = running;
				used();
				if (this.closed.get()) {
					client.close();
				}
				running.towardsClient().send(this.first);
				client.execute(running.towardsSandbox()::pump);
			}
			catch (IOException ex) {
				client.close();
				broken(ex);
			}
		});
	}

	/** The sandbox's connection can be read or written. */
	void ready(SelectionKey key) {
		int ready = key.readyOps();
		key.interestOpsAnd(~ready);
		Running carrier = this.running;
		if (carrier != null && (ready & SelectionKey.OP_READ) != 0) {
			carrier.towardsClient().pump();
		}
		if (carrier != null && (ready & SelectionKey.OP_WRITE) != 0) {
			carrier.towardsSandbox().writable();
		}
	}

	/** Waits until the sandbox's connection is ready for an operation. */
	void await(int operation) {
		Running carrier = this.running;
		try {
			if (carrier != null) {
				carrier.key().interestOpsOr(operation);
				this.loop.wakeUp();
			}
		}
		catch (CancelledKeyException ex) {
			logger.debug("The WebSocket to {} was closed meanwhile", this.name);
		}
	}

	/** Something was carried. */
	synchronized void used() {
		if (!this.half) {
			this.deadline = this.loop.idleDeadline();
		}
	}

	/** The client sends no more; the sandbox may still finish. */
	void clientEnded() {
		try {
			this.sandbox.shutdownOutput();
			ended();
		}
		catch (IOException ex) {
			broken(ex);
		}
	}

	/** The sandbox sends no more; the client may still finish. */
	void sandboxEnded() {
		Running carrier = this.running;
		if (carrier != null) {
			carrier.client().finish();
		}
		ended();
	}

	private void ended() {
		boolean both;
		synchronized (this) {
			both = this.half;
			this.half = true;
			this.deadline = this.loop.endDeadline();
		}
		if (both) {
			close();
		}
	}

	void broken(IOException ex) {
		logger.debug("The WebSocket to {} broke", this.name, ex);
		close();
	}

	/** Closes the tunnel if its time is over. */
	void check(long now) {
		if (now - this.deadline >= 0) {
			close();
		}
	}

	/** Closes both sides. */
	void close() {
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		try {
			this.sandbox.close();
		}
		catch (IOException ex) {
			logger.debug("The connection to {} could not be closed", this.name, ex);
		}
		Running carrier = this.running;
		if (carrier != null) {
			carrier.client().close();
		}
		this.loop.forget(this);
		this.onClose.run();
	}

	private record Running(TunnelClient client, SelectionKey key, TowardsClient towardsClient,
			TowardsSandbox towardsSandbox) {
	}

}
