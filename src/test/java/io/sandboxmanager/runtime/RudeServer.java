package io.sandboxmanager.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A server below HTTP: does to each connection what a test wants. */
final class RudeServer implements AutoCloseable {

	private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Set<Socket> open = ConcurrentHashMap.newKeySet();

	final AtomicInteger connections = new AtomicInteger();

	/** What is done to a connection, which is closed afterwards. */
	interface Manners {

		void treat(Connection connection) throws IOException, InterruptedException;

	}

	/** One connection of a client. */
	record Connection(InputStream in, OutputStream out) {

		/** Waits for the end of a request's head. */
		void readHead() throws IOException {
			int newlines = 0;
			for (int next = this.in.read(); newlines < 2 && next != -1; next = (newlines < 2) ? this.in.read() : -1) {
				newlines = (next == '\n') ? newlines + 1 : (next == '\r') ? newlines : 0;
			}
		}

		void write(String text) throws IOException {
			this.out.write(text.getBytes(StandardCharsets.UTF_8));
			this.out.flush();
		}

	}

	RudeServer(Manners manners) throws IOException {
		this.threads.execute(() -> {
			while (!this.listener.isClosed()) {
				accept(manners);
			}
		});
	}

	private void accept(Manners manners) {
		try {
			Socket socket = this.listener.accept();
			this.open.add(socket);
			this.connections.incrementAndGet();
			this.threads.execute(() -> treat(manners, socket));
		}
		catch (IOException ex) {
			this.threads.shutdownNow();
		}
	}

	private void treat(Manners manners, Socket socket) {
		try (socket) {
			manners.treat(new Connection(socket.getInputStream(), socket.getOutputStream()));
		}
		catch (IOException ex) {
			this.open.remove(socket);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	URI url() {
		return URI.create("http://127.0.0.1:" + this.listener.getLocalPort());
	}

	@Override
	public void close() throws IOException {
		this.listener.close();
		for (Socket socket : this.open) {
			socket.close();
		}
		this.threads.shutdownNow();
	}

}
