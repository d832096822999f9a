package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Stands before a Redis and can swallow its answers: what it is told is carried out, but
 * nobody hears of it.
 */
final class RedisProxy implements AutoCloseable {

	private volatile int redis;

	private final ServerSocket listener;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private volatile boolean mute;

	private volatile boolean cutting;

	/** Whose answer is the one to be cut off: signals come without a question. */
	private volatile @Nullable Socket asking;

	private volatile boolean loading;

	RedisProxy(RedisServer redis) throws IOException {
		this.redis = redis.port();
		this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		thread(this::accept);
	}

	int port() {
		return this.listener.getLocalPort();
	}

	/** Swallows all answers from now on, or none. */
	void mute(boolean on) {
		this.mute = on;
	}

	/**
	 * Breaks the connection on which the next question is asked, instead of passing on
	 * its answer, and says from then on that Redis has just been restarted and loads its
	 * data.
	 */
	void restartInsteadOfAnswering() {
		this.cutting = true;
	}

	/** Leads who connects from now on to another Redis. */
	void leadTo(RedisServer other) {
		this.redis = other.port();
	}

	/** Redis has loaded its data. */
	void loaded() {
		this.loading = false;
	}

	private void accept() throws IOException {
		while (true) {
			Socket client = keep(this.listener.accept());
			if (this.loading) {
				thread(() -> refuse(client));
				continue;
			}
			Socket server = keep(new Socket(InetAddress.getLoopbackAddress(), this.redis));
			thread(() -> copy(client, server, false));
			thread(() -> copy(server, client, true));
		}
	}

	private void copy(Socket from, Socket to, boolean answers) throws IOException {
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			byte[] bytes = new byte[8192];
			for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
				if (answers && to == this.asking) {
					this.loading = true;
					this.asking = null;
					return;
				}
				if (!answers && this.cutting) {
					this.cutting = false;
					this.asking = from;
				}
				if (!answers || !this.mute) {
					out.write(bytes, 0, read);
				}
			}
		}
	}

	private static void refuse(Socket client) throws IOException {
		try (client) {
			client.getInputStream().read(new byte[8192]);
			client.getOutputStream().write("-LOADING Redis is loading the dataset in memory\r\n".getBytes(US_ASCII));
		}
	}

	private Socket keep(Socket socket) {
		this.sockets.add(socket);
		return socket;
	}

	private static void thread(Work work) {
		Thread thread = new Thread(() -> {
			try {
				work.run();
			}
			catch (IOException ex) {
				return; // one side has closed
			}
		}, "redis-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.listener.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	private interface Work {

		void run() throws IOException;

	}

}
