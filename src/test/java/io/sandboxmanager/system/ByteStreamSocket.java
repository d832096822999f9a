package io.sandboxmanager.system;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A WebSocket whose binary messages are one stream of bytes. */
final class ByteStreamSocket implements AutoCloseable {

	private static final long LIMIT_SECONDS = 20;

	private static final byte[] END = {};

	private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

	private final WebSocket socket;

	private ByteBuffer current = ByteBuffer.allocate(0);

	private ByteStreamSocket(URI address, Map<String, String> headers) {
		WebSocket.Builder builder = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.connectTimeout(Duration.ofSeconds(LIMIT_SECONDS));
		headers.forEach(builder::header);
		this.socket = builder.buildAsync(address, new Receiver(this.received)).join();
	}

	/**
	 * Connects.
	 * @throws java.util.concurrent.CompletionException when it is refused
	 */
	static ByteStreamSocket open(URI address, Map<String, String> headers) {
		return new ByteStreamSocket(address, headers);
	}

	void send(byte... bytes) {
		this.socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
	}

	byte[] read(int size) {
		byte[] bytes = new byte[size];
		for (int i = 0; i < size;) {
			if (!this.current.hasRemaining()) {
				this.current = ByteBuffer.wrap(next());
			}
			int part = Math.min(size - i, this.current.remaining());
			this.current.get(bytes, i, part);
			i += part;
		}
		return bytes;
	}

	private byte[] next() {
		try {
			byte[] message = this.received.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
			if (message == null || message == END) {
				throw new AssertionError((message == null) ? "nothing came for " + LIMIT_SECONDS + " s"
						: "the other side ended the connection");
			}
			return message;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		this.socket.abort();
	}

	private static final class Receiver implements WebSocket.Listener {

		private final BlockingQueue<byte[]> received;

		Receiver(BlockingQueue<byte[]> received) {
			this.received = received;
		}

		@Override
		public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
			byte[] bytes = new byte[data.remaining()];
			data.get(bytes);
			if (bytes.length > 0) {
				this.received.add(bytes);
			}
			socket.request(1);
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
			this.received.add(END);
			return CompletableFuture.completedFuture(null);
		}

		@Override
		public void onError(WebSocket socket, Throwable failure) {
			this.received.add(END);
		}

	}

}
