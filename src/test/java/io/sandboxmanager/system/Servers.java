package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives each test its servers, and ends them after it: a server that still runs gets a
 * SIGTERM and must leave no container. Shows their logs when the test has failed.
 */
final class Servers implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {

	private static final Path PARENT = Path.of("target", "system");

	private static final int SHOWN_LINES = 200;

	private final List<ServerProcess> servers = new ArrayList<>();

	private final boolean shared;

	private @Nullable Throwable failure;

	private Servers(boolean shared) {
		this.shared = shared;
	}

	/** Servers that live for one test. */
	static Servers forEachTest() {
		return new Servers(false);
	}

	/** Servers that all tests of a class use. */
	static Servers forAllTests() {
		return new Servers(true);
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		Docker.requireImages();
	}

	/** A server with settings of its own, as {@code NAME}, {@code value}, and so on. */
	ServerProcess server(String... settings) {
		return server(Map.of(), settings);
	}

	/** A server with some common settings and some of its own. */
	ServerProcess server(Map<String, String> common, String... settings) {
		Map<String, String> all = new HashMap<>(common);
		for (int i = 0; i < settings.length; i += 2) {
			all.put(settings[i], settings[i + 1]);
		}
		ServerProcess server = new ServerProcess(newFolder(), newPrefix(), all);
		this.servers.add(server);
		return server;
	}

	static Path newFolder() {
		try {
			Files.createDirectories(PARENT);
			return Files.createTempDirectory(PARENT, "server-").toAbsolutePath();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static String newPrefix() {
		return "system-" + Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36) + "-";
	}

	@Override
	public void afterEach(ExtensionContext context) {
		context.getExecutionException().ifPresent((thrown) -> this.failure = thrown);
		if (!this.shared) {
			endAll();
		}
	}

	@Override
	public void afterAll(ExtensionContext context) {
		endAll();
	}

	/** Asks all that still run to end. What they may leave is for the test to judge. */
	void stopAll() {
		this.servers.stream().filter(ServerProcess::isAlive).forEach(ServerProcess::stop);
	}

	private void endAll() {
		Throwable failure = this.failure;
		this.failure = null;
		List<String> mistakes = new ArrayList<>();
		List<ServerProcess> alive = this.servers.stream().filter(ServerProcess::isAlive).toList();
		alive.forEach((server) -> stop(server, mistakes));
		alive.forEach((server) -> checkNothingLeft(server, mistakes));
		this.servers.forEach((server) -> Docker.remove(server.containers()));
		if (failure != null || !mistakes.isEmpty()) {
			this.servers.forEach(Servers::show);
		}
		else {
			this.servers.forEach((server) -> removeFolder(server.folder()));
		}
		this.servers.clear();
		if (!mistakes.isEmpty()) {
			throw new AssertionError(String.join("; ", mistakes), failure);
		}
	}

	private static void stop(ServerProcess server, List<String> mistakes) {
		try {
			server.stop();
		}
		catch (AssertionError ex) {
			server.kill();
			mistakes.add(String.valueOf(ex.getMessage()));
		}
	}

	private static void checkNothingLeft(ServerProcess server, List<String> mistakes) {
		List<String> left = server.containers();
		if (!left.isEmpty()) {
			mistakes.add("the server has ended and left " + left);
		}
	}

	/** Prints the end of a server's log. */
	static void show(ServerProcess server) {
		List<String> lines = (server.errors() + server.log()).lines().toList();
		String shown = lines.stream()
			.skip(Math.max(0, lines.size() - SHOWN_LINES))
			.collect(Collectors.joining(System.lineSeparator()));
		System.out.printf(Locale.ROOT, "--- the server in %s said:%n%s%n---%n", server.folder(), shown);
	}

	/** What sandboxes have left there may belong to somebody else. */
	static void removeFolder(Path folder) {
		try {
			Files.walkFileTree(folder, new SimpleFileVisitor<>() {

				@Override
				public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
					Files.delete(file);
					return FileVisitResult.CONTINUE;
				}

				@Override
				public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
						throws IOException {
					Files.delete(visited);
					return FileVisitResult.CONTINUE;
				}

			});
		}
		catch (IOException ex) {
			System.out.println(folder + " could not be removed: " + ex);
		}
	}

}
