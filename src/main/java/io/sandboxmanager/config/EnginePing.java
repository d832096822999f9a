package io.sandboxmanager.config;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Asks at a Docker engine's socket whether it answers, without loading the engine's
 * client.
 */
final class EnginePing {

	static final Path DEFAULT_SOCKET = Path.of("/var/run/docker.sock");

	private static final byte[] PING = "GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
		.getBytes(StandardCharsets.US_ASCII);

	private EnginePing() {
	}

	/** Whether an engine says that it is well, within a time limit. */
	static boolean answers(Path socket, Duration limit) {
		if (!Files.exists(socket)) {
			return false;
		}
		try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
				Selector selector = Selector.open()) {
			channel.connect(UnixDomainSocketAddress.of(socket));
			channel.write(ByteBuffer.wrap(PING));
			channel.configureBlocking(false);
			channel.register(selector, SelectionKey.OP_READ);
			ByteBuffer answer = ByteBuffer.allocate(12);
			long deadline = System.nanoTime() + limit.toNanos();
			while (answer.hasRemaining() && System.nanoTime() < deadline) {
				selector.select(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
				selector.selectedKeys().clear();
				if (channel.read(answer) < 0) {
					break;
				}
			}
			return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII).endsWith(" 200");
		}
		catch (IOException ex) {
			return false; // nobody listens, or this user may not ask
		}
	}

}
