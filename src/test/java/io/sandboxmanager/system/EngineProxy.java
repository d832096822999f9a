package io.sandboxmanager.system;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Stands between a server and the Docker engine and can fall silent, as an engine does
 * that hangs: it still takes connections and bytes, but nothing comes back. What was
 * asked meanwhile reaches the engine when the silence ends, even if nobody waits for it.
 */
final class EngineProxy implements AutoCloseable {

	private static final Path ENGINE = Path.of("/var/run/docker.sock");

	private final Path folder;

	private final Path socket;

	private final ServerSocketChannel listener;

	private final Set<SocketChannel> channels = ConcurrentHashMap.newKeySet();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private boolean silent;

	EngineProxy() throws IOException {
		this.folder = Files.createTempDirectory("engine");
		this.socket = this.folder.resolve("docker.sock");
		this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
			.bind(UnixDomainSocketAddress.of(this.socket));
		thread("accept", this::accept);
	}

	/** What to set as {@code DOCKER_HOST}. */
	String dockerHost() {
		return "unix://" + this.socket;
	}

	void fallSilent() {
		setSilent(true);
	}

	void speakAgain() {
		setSilent(false);
	}

	private void setSilent(boolean silent) {
		this.lock.lock();
		try {
			this.silent = silent;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void awaitSpeech() throws InterruptedException {
		this.lock.lock();
		try {
			while (this.silent) {
				this.changed.await();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void accept() throws IOException {
		while (true) {
			SocketChannel client = this.listener.accept();
			SocketChannel engine = SocketChannel.open(UnixDomainSocketAddress.of(ENGINE));
			this.channels.add(client);
			this.channels.add(engine);
			thread("to the engine", () -> pumpUntilHangUp(client, engine));
			thread("from the engine", () -> pumpUntilHangUp(engine, client));
		}
	}

	private void pumpUntilHangUp(SocketChannel source, SocketChannel target) throws IOException, InterruptedException {
		try {
			pump(source, target);
		}
		catch (IOException ex) {
			source.close();
			target.close();
		}
	}

	private void pump(SocketChannel source, SocketChannel target) throws IOException, InterruptedException {
		ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
		while (source.read(buffer) != -1) {
			awaitSpeech();
			buffer.flip();
			while (buffer.hasRemaining()) {
				target.write(buffer);
			}
			buffer.clear();
		}
		awaitSpeech();
		target.shutdownOutput();
	}

	private void thread(String name, Work work) {
		Thread thread = new Thread(() -> {
			try {
				work.run();
			}
			catch (ClosedChannelException ex) {
				// the test is over
			}
			catch (IOException | InterruptedException ex) {
				throw new IllegalStateException("engine proxy failed: " + name, ex);
			}
		}, "engine-proxy " + name);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.listener.close();
		for (SocketChannel channel : this.channels) {
			channel.close();
		}
		Files.delete(this.socket);
		Files.delete(this.folder);
	}

	@FunctionalInterface
	private interface Work {

		void run() throws IOException, InterruptedException;

	}

}
