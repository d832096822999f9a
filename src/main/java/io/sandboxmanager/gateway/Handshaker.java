package io.sandboxmanager.gateway;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.ProtocolException;

import io.sandboxmanager.transport.SandboxSocket;
import io.sandboxmanager.transport.SocketView;

/** Connects to sandboxes and makes the opening handshake of a WebSocket with them. */
final class Handshaker {

	private final Duration connectTimeout;

	private final Duration timeout;

	Handshaker(GatewayProperties properties) {
		this.connectTimeout = properties.connectTimeout();
		this.timeout = properties.handshakeTimeout();
	}

	/**
	 * Opens a connection, which is the caller's to close from then on.
	 * @throws UpstreamNotConnectedException when none comes about
	 */
	SocketChannel connect(ForwardTarget target) {
		if (target.isSecure()) {
			throw new UpstreamUnreachableException(target,
					new ProtocolException("a WebSocket to a sandbox behind TLS is not supported"));
		}
		try {
			return dial(target);
		}
		catch (IOException | UnresolvedAddressException ex) {
			throw new UpstreamNotConnectedException(target, ex);
		}
	}

	/**
	 * Makes the handshake on a new connection.
	 * @param headers what the caller sent, without those of its connection
	 */
	Handshake shake(SocketChannel channel, ForwardTarget target, List<Header> headers) {
		try {
			if (target.endpoint().socket().isEmpty()) {
				return shake(channel.socket(), target, headers);
			}
			try (SocketView view = new SocketView(channel)) {
				return shake(view, target, headers);
			}
		}
		catch (SocketTimeoutException ex) {
			throw new UpstreamSilentException(target, "answer the opening of a WebSocket", this.timeout, ex);
		}
		catch (IOException | HttpException ex) {
			throw new UpstreamUnreachableException(target, ex);
		}
	}

	private Handshake shake(Socket socket, ForwardTarget target, List<Header> headers)
			throws IOException, HttpException {
		socket.getOutputStream().write(head(target, headers).getBytes(StandardCharsets.ISO_8859_1));
		return Handshake.read(socket, this.timeout);
	}

	private SocketChannel dial(ForwardTarget target) throws IOException {
		Optional<String> path = target.endpoint().socket();
		if (path.isPresent()) {
			return SandboxSocket.connect(Path.of(path.get()));
		}
		InetSocketAddress address = new InetSocketAddress(target.base().getHost(), target.port());
		SocketChannel channel = SocketChannel.open();
		try {
			channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
			channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
			channel.socket().connect(address, (int) this.connectTimeout.toMillis());
			return channel;
		}
		catch (IOException ex) {
			channel.close();
			throw ex;
		}
	}

	private static String head(ForwardTarget target, List<Header> headers) {
		StringBuilder head = new StringBuilder("GET ").append(target.requestTarget()).append(" HTTP/1.1\r\n");
		head.append("Host: ").append(target.base().getRawAuthority()).append("\r\n");
		head.append("Upgrade: websocket\r\nConnection: Upgrade\r\n");
		headers
			.forEach((header) -> head.append(header.getName()).append(": ").append(header.getValue()).append("\r\n"));
		return head.append("\r\n").toString();
	}

}
