package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Redis of the tests: a process in a folder of its own, on a free port of the loopback.
 */
public final class RedisServer implements AutoCloseable {

	/** What sentinels call the master that they watch over. */
	public static final String MASTER = "main";

	private static final long START_NANOS = TimeUnit.SECONDS.toNanos(20);

	private final Path folder;

	private final int port;

	private final List<String> options;

	private Process process;

	private RedisServer(int port, List<String> options) {
		this.port = port;
		this.options = options;
		try {
			this.folder = Files.createTempDirectory("redis-");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.process = run();
	}

	/**
	 * Starts one with these options, such as {@code --requirepass}, and waits until it
	 * listens.
	 */
	public static RedisServer start(String... options) {
		return start(freePort(), options);
	}

	/** Starts one on a port. */
	public static RedisServer start(int port, String... options) {
		return new RedisServer(port, List.of(options));
	}

	/** Starts one of three sentinels that watch over the master at a port. */
	public static RedisServer startSentinel(int master) {
		try {
			Path configuration = Files.createTempFile("sentinel", ".conf");
			configuration.toFile().deleteOnExit();
			Files.writeString(configuration, """
					sentinel monitor %1$s 127.0.0.1 %2$d 2
					sentinel down-after-milliseconds %1$s 500
					sentinel failover-timeout %1$s 3000
					""".formatted(MASTER, master));
			return new RedisServer(freePort(), List.of(configuration.toString(), "--sentinel"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A port on which nobody listens, for who listens there again and again: the system
	 * takes none of this range for a connection in between, nor of the one 10,000 above,
	 * where nodes of a cluster talk to each other.
	 */
	public static int freePort() {
		while (true) {
			int port = ThreadLocalRandom.current().nextInt(20_000, 22_700);
			try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
				return socket.getLocalPort();
			}
			catch (BindException ex) {
				// somebody listens there
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	public int port() {
		return this.port;
	}

	public Path folder() {
		return this.folder;
	}

	private Process run() {
		List<String> command = new ArrayList<>(List.of("redis-server"));
		boolean sentinel = this.options.contains("--sentinel");
		if (sentinel) {
			command.add(this.options.get(0));
		}
		command.addAll(
				List.of("--port", Integer.toString(this.port), "--bind", "127.0.0.1", "--dir", this.folder.toString()));
		if (!sentinel) {
			command.addAll(List.of("--save", "", "--daemonize", "no"));
		}
		command.addAll(sentinel ? this.options.subList(1, this.options.size()) : this.options);
		try {
			Process started = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(this.folder.resolve("log").toFile())
				.start();
			awaitPort(started);
			return started;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("redis-server is needed: apt-get install redis-server", ex);
		}
	}

	private void awaitPort(Process started) throws IOException {
		long end = System.nanoTime() + START_NANOS;
		while (!listens()) {
			if (!started.isAlive() || System.nanoTime() > end) {
				throw new IllegalStateException(
						"Redis did not start:\n" + Files.readString(this.folder.resolve("log")));
			}
			pause();
		}
	}

	private boolean listens() {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			return socket.isConnected();
		}
		catch (IOException ex) {
			return false;
		}
	}

	/** Asks it something by its own client. */
	public String cli(String... arguments) {
		List<String> command = new ArrayList<>(
				List.of("redis-cli", "-h", "127.0.0.1", "-p", Integer.toString(this.port)));
		command.addAll(List.of(arguments));
		try {
			Process client = new ProcessBuilder(command).redirectErrorStream(true).start();
			String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			client.waitFor();
			return said.strip();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** Stops answering, as a machine does that is cut off. */
	public void freeze() {
		signal("STOP");
	}

	public void thaw() {
		signal("CONT");
	}

	private void signal(String name) {
		try {
			new ProcessBuilder("kill", "-" + name, Long.toString(this.process.pid())).start().waitFor();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** Ends as by a power cut. */
	public void kill() {
		this.process.destroyForcibly();
		try {
			this.process.waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** Starts again, on the same port and without its data. */
	public void startAgain() {
		this.process = run();
	}

	private static void pause() {
		try {
			Thread.sleep(10);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		kill();
		try (Stream<Path> files = Files.walk(this.folder)) {
			files.sorted((one, other) -> other.compareTo(one)).forEach((file) -> file.toFile().delete());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
