package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import io.sandboxmanager.store.redis.RedisServer;

/**
 * Listens to all commands that clients send to a Redis, in their order. What scripts do
 * inside is not among them.
 */
final class RedisMonitor implements AutoCloseable {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private final RedisServer redis;

	private final Path output;

	private final Process process;

	/** Begins. */
	RedisMonitor(RedisServer redis) {
		this.redis = redis;
		try {
			this.output = Files.createTempFile("monitor", ".log");
			this.process = new ProcessBuilder("redis-cli", "-p", Integer.toString(redis.port()), "monitor")
				.redirectErrorStream(true)
				.redirectOutput(this.output.toFile())
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Await.until("the monitor listens", LIMIT, this::lines, (lines) -> lines.contains("OK"));
	}

	/**
	 * What clients send while something is done: each command with its arguments, as
	 * Redis shows it.
	 */
	List<String> during(Runnable work) {
		String begin = mark();
		work.run();
		String end = mark();
		List<String> lines = lines();
		return lines.subList(indexOf(begin, lines) + 1, indexOf(end, lines))
			.stream()
			.filter((line) -> !line.contains(" lua] "))
			.map((line) -> line.substring(line.indexOf("] ") + 2))
			.toList();
	}

	private String mark() {
		String mark = UUID.randomUUID().toString();
		this.redis.cli("echo", mark);
		Await.until("the monitor has heard all", LIMIT, this::lines, (lines) -> indexOf(mark, lines) >= 0);
		return mark;
	}

	private static int indexOf(String mark, List<String> lines) {
		for (int i = 0; i < lines.size(); i++) {
			if (lines.get(i).endsWith("\"" + mark + "\"")) {
				return i;
			}
		}
		return -1;
	}

	private List<String> lines() {
		try {
			return Files.readString(this.output, StandardCharsets.UTF_8).lines().toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
		try {
			Files.delete(this.output);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
