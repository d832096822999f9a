package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The server's jar as a process, in a working folder of its own and with a prefix of its
 * own for containers. It can be started again, with the same folder, after it has ended.
 */
final class ServerProcess {

	static final Duration START_LIMIT = Duration.ofMinutes(2);

	static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

	static final Path JAR = Path.of("target", "sandbox-manager.jar").toAbsolutePath();

	private static final List<String> KEPT_VARIABLES = List.of("PATH", "HOME", "TMPDIR", "DOCKER_HOST",
			"DOCKER_CONFIG");

	private static final Pattern ADDRESS = Pattern.compile("sandbox-manager \\S+ on (http://127\\.0\\.0\\.1:\\d+)");

	private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

	private final Path folder;

	private final Map<String, String> settings;

	private @Nullable List<String> arguments;

	private int logBefore;

	private @Nullable Process process;

	private @Nullable URI address;

	/**
	 * Prepares a server that is not started yet.
	 * @param folder an empty folder, the server's working folder
	 */
	ServerProcess(Path folder, String prefix, Map<String, String> settings) {
		this.folder = folder;
		this.settings = new TreeMap<>(settings);
		this.settings.putIfAbsent("HOST", "127.0.0.1");
		this.settings.putIfAbsent("PORT", "0");
		this.settings.putIfAbsent("CONTAINER_PREFIX_KEY", prefix);
		this.settings.putIfAbsent("STATE_DIR", "state");
		this.settings.putIfAbsent("DEFAULT_MOUNT_DIR", "workspaces");
	}

	/** Gives a setting for the next start. */
	ServerProcess set(String name, String value) {
		this.settings.put(name, value);
		return this;
	}

	/** Lets the jar run as it is delivered. */
	ServerProcess asDelivered() {
		return with(List.of("-jar", JAR.toString()));
	}

	/** Gives the arguments of {@code java}. */
	ServerProcess with(List<String> arguments) {
		this.arguments = arguments;
		return this;
	}

	/** Starts the server and waits until it answers. */
	ServerProcess start() {
		begin();
		return awaitServing();
	}

	/** Waits until the server that was begun answers. */
	ServerProcess awaitServing() {
		this.address = Await.until("the server says where it listens", START_LIMIT, this::findAddress,
				(found) -> found != null);
		Api api = api();
		Await.until("/health answers", START_LIMIT, api::isHealthy, (healthy) -> healthy);
		return this;
	}

	/** Starts the process and returns at once. */
	void begin() {
		if (!Files.exists(JAR)) {
			throw new AssertionError("target/sandbox-manager.jar is needed, run mvn package");
		}
		List<String> command = new ArrayList<>(List.of(JAVA, "-Xmx256m"));
		command.addAll((this.arguments != null) ? this.arguments : QuickStart.arguments());
		ProcessBuilder builder = new ProcessBuilder(command);
		builder.directory(this.folder.toFile());
		builder.environment().keySet().retainAll(KEPT_VARIABLES);
		builder.environment().putAll(this.settings);
		builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
		builder.redirectError(ProcessBuilder.Redirect.appendTo(errorFile().toFile()));
		try {
			this.logBefore = log().length();
			this.process = builder.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private @Nullable URI findAddress() {
		Matcher matcher = ADDRESS.matcher(log().substring(this.logBefore));
		if (matcher.find()) {
			return URI.create(matcher.group(1));
		}
		if (!isAlive()) {
			throw new AssertionError(
					"the server has ended with code " + process().exitValue() + " and said: " + errors().strip());
		}
		return null;
	}

	/** Asks the server to end, as a supervisor does, and gives its exit code. */
	int stop() {
		terminate();
		return awaitExit(STOP_LIMIT);
	}

	/** Sends SIGTERM and returns at once. */
	void terminate() {
		process().destroy();
	}

	/** Ends the server without giving it a chance to do anything. */
	void kill() {
		process().destroyForcibly();
		awaitExit(STOP_LIMIT);
	}

	int awaitExit(Duration limit) {
		try {
			process().onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
			return process().exitValue();
		}
		catch (TimeoutException ex) {
			throw new AssertionError("the server did not end within " + limit.toSeconds() + " s", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	boolean isAlive() {
		return this.process != null && this.process.isAlive();
	}

	long pid() {
		return process().pid();
	}

	/** How many threads the process has. */
	int threads() {
		return list(Path.of("/proc", Long.toString(pid()), "task")).size();
	}

	private Process process() {
		if (this.process == null) {
			throw new IllegalStateException("the server was not started");
		}
		return this.process;
	}

	URI address() {
		if (this.address == null) {
			throw new IllegalStateException("the server was not started");
		}
		return this.address;
	}

	/** A caller that presents the server's token, if it has one. */
	Api api() {
		return new Api(address(), token());
	}

	@Nullable String token() {
		return this.settings.get("BEARER_TOKEN");
	}

	String prefix() {
		return this.settings.getOrDefault("CONTAINER_PREFIX_KEY", "");
	}

	Path folder() {
		return this.folder;
	}

	/** The containers with the server's prefix, whoever made them. */
	List<String> containers() {
		return Docker.containers(prefix());
	}

	/** The folders of workspaces. */
	List<Path> workspaces() {
		return list(this.folder.resolve("workspaces"));
	}

	/** Under what ids servers have used the state folder so far. */
	List<String> managerIds() {
		return list(stateFolder()).stream()
			.filter((file) -> file.toString().endsWith(".id"))
			.map((file) -> read(file).strip())
			.toList();
	}

	/** What the state folder says about folders that are in the making. */
	List<Path> journal() {
		return managerIds().stream().flatMap((id) -> list(stateFolder().resolve(id)).stream()).toList();
	}

	private Path stateFolder() {
		return this.folder.resolve(this.settings.getOrDefault("STATE_DIR", ""));
	}

	/** All that the server wrote to its log, over all its starts. */
	String log() {
		return read(logFile());
	}

	/** All that the server wrote to its standard error. */
	String errors() {
		return read(errorFile());
	}

	private Path logFile() {
		return this.folder.resolve("server.log");
	}

	private Path errorFile() {
		return this.folder.resolve("server.err");
	}

	private static String read(Path file) {
		try {
			return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static List<Path> list(Path folder) {
		if (!Files.isDirectory(folder)) {
			return List.of();
		}
		try (Stream<Path> entries = Files.list(folder)) {
			return entries.sorted().toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
