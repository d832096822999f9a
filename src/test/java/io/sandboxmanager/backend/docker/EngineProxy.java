package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Stands before the engine's socket, writes down what is asked and answers in its place
 * when a test wants it to. It relies on our client using a connection for one request.
 */
final class EngineProxy implements AutoCloseable {

	private static final Path ENGINE = Path.of("/var/run/docker.sock");

	private final Path socket;

	private final ServerSocketChannel server;

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();

	private final AtomicInteger mostOpen = new AtomicInteger();

	private volatile Function<String, Rule> rules = (request) -> Rule.FORWARD;

	private EngineProxy(Path socket, ServerSocketChannel server) {
		this.socket = socket;
		this.server = server;
	}

	static EngineProxy start() {
		try {
			Path socket = Files.createTempDirectory("engine").resolve("proxy.sock");
			ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
			server.bind(UnixDomainSocketAddress.of(socket), 256);
			EngineProxy proxy = new EngineProxy(socket, server);
			proxy.thread(proxy::accept);
			return proxy;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	String host() {
		return "unix://" + this.socket;
	}

	/** Decides what happens to a request, by its method and path. */
	void rules(Function<String, Rule> rules) {
		this.rules = rules;
	}

	/** Everything is passed on again. */
	void pass() {
		this.rules = (request) -> Rule.FORWARD;
	}

	/** What was asked since the last {@link #forget()}, as in {@code GET /info}. */
	List<String> requests() {
		return List.copyOf(this.requests);
	}

	void forget() {
		this.requests.clear();
		this.mostOpen.set(0);
	}

	/** The largest number of connections that were open at one time. */
	int mostOpen() {
		return this.mostOpen.get();
	}

	/** Ends all connections, as an engine does that stops. */
	void cut() {
		this.open.forEach(EngineProxy::end);
	}

	private void accept() {
		while (this.server.isOpen()) {
			try {
				SocketChannel client = this.server.accept();
				this.open.add(client);
				this.mostOpen.accumulateAndGet(this.open.size(), Math::max);
				thread(() -> serve(client));
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private void serve(SocketChannel client) {
		try {
			String head = head(client);
			String request = head.substring(0, Math.max(0, head.indexOf(" HTTP/1.1"))).replaceFirst("\\?.*", "");
			this.requests.add(request);
			Rule rule = this.rules.apply(request);
			if (rule.answer() != null) {
				write(client, rule.answer());
				client.shutdownOutput();
			}
			else if (rule.forwarded()) {
				forward(client, head, rule.answered());
			}
			copy(client, null);
		}
		catch (IOException ex) {
			// A test has cut the connection, or its client has.
		}
		finally {
			this.open.remove(client);
			end(client);
		}
	}

	private void forward(SocketChannel client, String head, boolean answered) throws IOException {
		try (SocketChannel engine = SocketChannel.open(UnixDomainSocketAddress.of(ENGINE))) {
			write(engine, head);
			thread(() -> {
				try {
					copy(client, engine);
				}
				catch (IOException ex) {
					// The answer was complete first.
				}
				finally {
					end(engine);
				}
			});
			copy(engine, answered ? client : null);
			if (answered) {
				end(client);
			}
		}
	}

	/**
	 * The streams of {@link java.nio.channels.Channels} are of no use here: while one
	 * thread reads, no other can write.
	 */
	private static void copy(SocketChannel from, @Nullable SocketChannel to) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
		while (from.read(buffer.clear()) != -1) {
			buffer.flip();
			while (to != null && buffer.hasRemaining()) {
				to.write(buffer);
			}
		}
	}

	private static String head(SocketChannel client) throws IOException {
		StringBuilder head = new StringBuilder();
		ByteBuffer one = ByteBuffer.allocate(1);
		while (head.indexOf("\r\n\r\n") == -1) {
			if (client.read(one.clear()) == -1) {
				throw new IOException("no request");
			}
			head.append((char) one.get(0));
		}
		return head.toString();
	}

	private static void write(SocketChannel channel, String text) throws IOException {
		ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
		while (bytes.hasRemaining()) {
			channel.write(bytes);
		}
	}

	private static void end(SocketChannel channel) {
		try {
			channel.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void thread(Runnable task) {
		Thread thread = new Thread(task, "engine-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		cut();
		Files.deleteIfExists(this.socket);
		Files.deleteIfExists(this.socket.getParent());
	}

	/**
	 * @param answer sent in the engine's place, or {@code null}
	 */
	record Rule(boolean forwarded, boolean answered, @Nullable String answer) {

		static final Rule FORWARD = new Rule(true, true, null);

		/** The engine never hears of it and nobody answers. */
		static final Rule HANG = new Rule(false, false, null);

		/** The engine does it, but its answer is lost. */
		static final Rule LOSE_ANSWER = new Rule(true, false, null);

		static Rule fail(int status, String message) {
			String body = "{\"message\":\"" + message + "\"}";
			return new Rule(false, true, "HTTP/1.1 " + status + " Failed\r\nContent-Type: application/json\r\n"
					+ "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
		}

		/** Fails requests whose method and path match. */
		static Function<String, Rule> when(String pattern, Rule rule) {
			return (request) -> request.matches(pattern) ? rule : FORWARD;
		}

	}

}
