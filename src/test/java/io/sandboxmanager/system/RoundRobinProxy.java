package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands before several servers and hands each connection to the next of them in turn: to
 * a client that makes a connection for each request, the next request is for the next
 * server. It knows nothing of HTTP.
 */
final class RoundRobinProxy implements AutoCloseable {

	private final List<URI> servers;

	private final ServerSocket listener;

	private final Set<Socket> open = ConcurrentHashMap.newKeySet();

	/** Begins. */
	RoundRobinProxy(List<URI> servers) {
		this.servers = servers;
		try {
			this.listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		thread("accept", this::accept);
	}

	/** Where to reach the servers. */
	URI address() {
		return URI.create("http://127.0.0.1:" + this.listener.getLocalPort());
	}

	private void accept() throws IOException {
		for (int turn = 0;; turn = (turn + 1) % this.servers.size()) {
			Socket client = this.listener.accept();
			URI next = this.servers.get(turn);
			Socket server = new Socket();
			server.connect(new InetSocketAddress(next.getHost(), next.getPort()));
			this.open.add(client);
			this.open.add(server);
			thread("ask", () -> pump(client, server));
			thread("answer", () -> pump(server, client));
		}
	}

	/** Passes on all that comes, and its end; a broken side breaks the other too. */
	private void pump(Socket from, Socket to) throws IOException {
		try {
			from.getInputStream().transferTo(to.getOutputStream());
			to.shutdownOutput();
			if (from.isOutputShutdown()) {
				close(from);
				close(to);
			}
		}
		catch (IOException ex) {
			close(from);
			close(to);
		}
	}

	private void close(Socket socket) throws IOException {
		this.open.remove(socket);
		socket.close();
	}

	private void thread(String name, Work work) {
		Thread thread = new Thread(() -> {
			try {
				work.run();
			}
			catch (IOException ex) {
				if (!this.listener.isClosed()) {
					throw new UncheckedIOException("round-robin proxy failed: " + name, ex);
				}
			}
		}, "round-robin " + name);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.listener.close();
		for (Socket socket : this.open) {
			socket.close();
		}
	}

	@FunctionalInterface
	private interface Work {

		void run() throws IOException;

	}

}
