package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Semaphore;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

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

	public WebSocketForwarder(GatewayProperties properties) {
		this.properties = properties;
		this.handshaker = new Handshaker(properties);
		this.loop = new TunnelLoop(properties);
		this.free = new Semaphore(properties.tunnels());
	}

	/** How many WebSockets are open. */
	public int open() {
		return this.properties.tunnels() - this.free.availablePermits();
	}

	/**
	 * Forwards a request for which {@link UpgradeRequest#isWebSocket} holds. When this
	 * returns, the client has the sandbox's refusal or is about to be connected.
	 * @param onClose run once, when the connection has ended or was refused; not if this
	 * throws
	 * @throws UpstreamException when there is no answer; the response is untouched
	 */
	public void forward(ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response, Runnable onClose) throws IOException, ServletException {
		if (!this.free.tryAcquire()) {
			throw new UpstreamBusyException(target, this.properties.tunnels() + " WebSockets are open", null);
		}
		boolean handedOver = false;
		SocketChannel channel = null;
		try {
			channel = this.handshaker.connect(target);
			Handshake handshake = this.handshaker.shake(channel, target, RequestHeaders.of(request, target));
			response.setStatus(handshake.status());
			new ResponseHeaders(response, ClientConnection.of(request), rewriter).copy(handshake.headers());
			if (handshake.isAccepted()) {
				response.setHeader("Upgrade", "websocket");
				response.setHeader("Connection", "Upgrade");
				Tunnel tunnel = new Tunnel(target, channel, handshake.rest(), this.loop, () -> {
					this.free.release();
					onClose.run();
				});
				this.loop.remember(tunnel);
				handedOver = true;
				request.upgrade(TunnelUpgrade.class).prepare(tunnel);
			}
			else {
				refuse(response, handshake.rest());
				onClose.run();
			}
		}
		finally {
			if (!handedOver) {
				this.free.release();
				if (channel != null) {
					channel.close();
				}
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
