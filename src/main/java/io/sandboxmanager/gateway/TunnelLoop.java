package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits, with one thread, for the sandboxes' sides of all tunnels. */
final class TunnelLoop implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(TunnelLoop.class);

	private static final Duration TICK = Duration.ofMillis(250);

	private static final Duration END_GRACE = Duration.ofSeconds(1);

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final Set<Tunnel> tunnels = ConcurrentHashMap.newKeySet();

	private @Nullable ByteBuffer spare;

	private final Duration startTimeout;

	private final Duration idleTimeout;

	private final Selector selector;

	private final Thread thread;

	TunnelLoop(GatewayProperties properties) {
		this.startTimeout = properties.handshakeTimeout();
		this.idleTimeout = properties.tunnelIdleTimeout();
		try {
			this.selector = Selector.open();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.thread = new Thread(this::run, "gateway-tunnels");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	/** Takes care of a tunnel until it is closed. */
	void remember(Tunnel tunnel) {
		this.tunnels.add(tunnel);
	}

	void forget(Tunnel tunnel) {
		this.tunnels.remove(tunnel);
		wakeUp();
	}

	/** Registers a connection for nothing yet; only from a task of this loop. */
	SelectionKey register(SocketChannel channel, Tunnel tunnel) throws IOException {
		return channel.register(this.selector, 0, tunnel);
	}

	void execute(Runnable task) {
		this.tasks.add(task);
		wakeUp();
	}

	void wakeUp() {
		if (Thread.currentThread() != this.thread) {
			this.selector.wakeup();
		}
	}

	/** An empty buffer; only for tasks of this loop. */
	ByteBuffer buffer() {
		ByteBuffer buffer = this.spare;
		this.spare = null;
		return (buffer != null) ? buffer : ByteBuffer.allocate(AnswerRelay.PIECE);
	}

	/** Takes a buffer back that nobody uses any more. */
	void giveBack(ByteBuffer buffer) {
		this.spare = buffer;
	}

	/** When a tunnel that starts now must have its client. */
	long startDeadline() {
		return System.nanoTime() + this.startTimeout.toNanos();
	}

	/** When a tunnel that is used now counts as forgotten. */
	long idleDeadline() {
		return System.nanoTime() + (this.idleTimeout.isZero() ? Long.MAX_VALUE / 2 : this.idleTimeout.toNanos());
	}

	/** When a tunnel with one end left is closed. */
	long endDeadline() {
		return System.nanoTime() + END_GRACE.toNanos();
	}

	private void run() {
		long nextCheck = System.nanoTime();
		while (this.selector.isOpen()) {
			try {
				this.selector.select(TICK.toMillis());
				for (Runnable task = this.tasks.poll(); task != null; task = this.tasks.poll()) {
					task.run();
				}
				this.selector.selectedKeys().forEach(TunnelLoop::ready);
				this.selector.selectedKeys().clear();
				long now = System.nanoTime();
				if (now - nextCheck >= 0) {
					nextCheck = now + TICK.toNanos();
					this.tunnels.forEach((tunnel) -> tunnel.check(now));
				}
			}
			catch (ClosedSelectorException ex) {
				return;
			}
			catch (IOException | RuntimeException ex) {
				logger.error("A WebSocket failed in an unexpected way", ex);
			}
		}
	}

	private static void ready(SelectionKey key) {
		Tunnel tunnel = (Tunnel) key.attachment();
		try {
			tunnel.ready(key);
		}
		catch (CancelledKeyException ex) {
			logger.debug("A WebSocket was closed meanwhile", ex);
		}
		catch (RuntimeException ex) {
			logger.error("A WebSocket failed in an unexpected way", ex);
			tunnel.close();
		}
	}

	@Override
	public void close() {
		this.tunnels.forEach(Tunnel::close);
		try {
			this.selector.close();
		}
		catch (IOException ex) {
			logger.debug("The selector could not be closed", ex);
		}
	}

}
