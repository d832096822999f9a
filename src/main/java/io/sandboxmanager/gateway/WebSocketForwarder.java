package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Semaphore;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

/**
 * Connects clients' WebSockets to sandboxes. The sandbox is asked first, with what the
 * client offered, so the two agree on sub-protocol and extensions; after that the bytes
 * pass through untouched.
 */
public class WebSocketForwarder implements AutoCloseable {

	private final GatewayProperties properties;

	private final Handshaker handshaker;

	private final TunnelLoop loop;

	private final Semaphore free;

	private final Shares shares;

	/** Those that hold a thread. */
	private final Shares opening;

	public WebSocketForwarder(GatewayProperties properties) {
		this.properties = properties;
		this.handshaker = new Handshaker(properties);
		this.loop = new TunnelLoop(properties);
		this.free = new Semaphore(properties.tunnels());
		this.shares = new Shares(properties.tunnelsPerSandbox());
		this.opening = new Shares(properties.connectionsPerSandbox());
	}

	/** How many WebSockets are open. */
	public int open() {
		return this.properties.tunnels() - this.free.availablePermits();
	}

	/**
	 * Forwards a request for which {@link UpgradeRequest#isWebSocket} holds. When this
	 * returns, the client has the sandbox's refusal or is about to be connected.
	 * @param onClose run once, when there is no connection any more or will be none
	 * @return what ends the connection, from any thread and at any time
	 * @throws UpstreamException when there is no answer; the response is untouched
	 */
	public Runnable forward(ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response, Runnable onClose) throws IOException, ServletException {
		if (!this.shares.take(target)) {
			onClose.run();
			throw new UpstreamBusyException(target, this.properties.tunnelsPerSandbox() + " WebSockets to it are open",
					null);
		}
		if (!this.free.tryAcquire()) {
			this.shares.giveBack(target);
			onClose.run();
			throw new UpstreamBusyException(target, this.properties.tunnels() + " WebSockets are open", null);
		}
		Runnable release = () -> {
			this.free.release();
			this.shares.giveBack(target);
			onClose.run();
		};
		Tunnel tunnel = null;
		try {
			tunnel = connect(target, rewriter, request, response, release);
			if (tunnel != null) {
				request.upgrade(TunnelUpgrade.class).prepare(tunnel);
				return tunnel::close;
			}
			return () -> {
			};
		}
		catch (IOException | ServletException | RuntimeException ex) {
			if (tunnel != null) {
				tunnel.close();
			}
			throw ex;
		}
		finally {
			if (tunnel == null) {
				release.run();
			}
		}
	}

	/** A tunnel without its client, or {@code null} when the sandbox refused. */
	private @Nullable Tunnel connect(ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response, Runnable onClose) throws IOException {
		if (!this.opening.take(target)) {
			throw new UpstreamBusyException(target,
					this.properties.connectionsPerSandbox() + " WebSockets to it are being opened", null);
		}
		try {
			return connectAdmitted(target, rewriter, request, response, onClose);
		}
		finally {
			this.opening.giveBack(target);
		}
	}

	private @Nullable Tunnel connectAdmitted(ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response, Runnable onClose) throws IOException {
		SocketChannel channel = this.handshaker.connect(target);
		Tunnel tunnel = null;
		try {
			Handshake handshake = this.handshaker.shake(channel, target, RequestHeaders.of(request, target));
			response.setStatus(handshake.status());
			new ResponseHeaders(response, ClientConnection.of(request), rewriter).copy(handshake.headers());
			if (handshake.isAccepted()) {
				response.setHeader("Upgrade", "websocket");
				response.setHeader("Connection", "Upgrade");
				tunnel = new Tunnel(target, channel, handshake.rest(), this.loop, onClose);
				this.loop.remember(tunnel);
			}
			else {
				refuse(response, handshake.rest());
			}
			return tunnel;
		}
		finally {
			if (tunnel == null) {
				channel.close();
			}
		}
	}

	private static void refuse(HttpServletResponse response, ByteBuffer text) throws IOException {
		response.setContentLength(text.remaining());
		response.getOutputStream().write(text.array(), text.arrayOffset() + text.position(), text.remaining());
	}

	@Override
	public void close() {
		this.loop.close();
	}

}
