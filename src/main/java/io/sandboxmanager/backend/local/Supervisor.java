package io.sandboxmanager.backend.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.backend.EngineFailedException;
import io.sandboxmanager.backend.EngineUnreachableException;

/**
 * The supervisor as its parent sees it: a process that takes orders and answers, one line
 * each. It exists because a sandbox must die with the thread that started it, which no
 * thread of a Java server outlives its work for, and because of what must be done between
 * fork and exec. When this server ends, however it does, so does the supervisor, and with
 * it every sandbox.
 */
final class Supervisor implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Supervisor.class);

	private static final Duration LAST_WORDS = Duration.ofSeconds(5);

	private final JsonMapper json = JsonMapper.builder().build();

	private final Map<Long, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();

	private final AtomicLong ids = new AtomicLong();

	private final CompletableFuture<JsonNode> ready = new CompletableFuture<>();

	private final Consumer<JsonNode> events;

	private final Runnable onEnd;

	private final Process process;

	private final OutputStream orders;

	private volatile boolean ended;

	/**
	 * Starts it.
	 * @param events told of what happens to sandboxes, in order, on one thread
	 * @param onEnd told when it has ended, and its sandboxes with it
	 */
	Supervisor(String python, Path program, boolean unconfined, Consumer<JsonNode> events, Runnable onEnd) {
		this.events = events;
		this.onEnd = onEnd;
		List<String> command = new ArrayList<>(List.of(python, "-I", "-S", "-E", program.toString()));
		if (unconfined) {
			command.add("--unconfined");
		}
		try {
			this.process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		}
		catch (IOException ex) {
			throw new EngineUnreachableException("the supervisor of local sandboxes cannot be started: "
					+ ex.getMessage() + "; is there a Python 3.9 or later at " + python + "?", ex);
		}
		this.orders = this.process.getOutputStream();
		Thread reader = new Thread(this::read, "local-supervisor");
		reader.setDaemon(true);
		reader.start();
	}

	/** Whether it has ended, and all its sandboxes with it. */
	boolean hasEnded() {
		return this.ended;
	}

	/** What it can do here. */
	JsonNode about(Duration limit) {
		return await("start", this.ready, limit);
	}

	/**
	 * Gives an order and waits until it is done.
	 * @throws EngineFailedException when it could not be done
	 * @throws EngineUnreachableException when there was no answer in time
	 */
	JsonNode order(String what, ObjectNode order, Duration limit) {
		long id = this.ids.incrementAndGet();
		CompletableFuture<JsonNode> answer = new CompletableFuture<>();
		this.asked.put(id, answer);
		try {
			send(order.put("id", id).put("order", what));
			return await(what, answer, limit);
		}
		finally {
			this.asked.remove(id);
		}
	}

	private void send(ObjectNode order) {
		byte[] line = (this.json.writeValueAsString(order) + "\n").getBytes(StandardCharsets.UTF_8);
		try {
			synchronized (this.orders) {
				this.orders.write(line);
				this.orders.flush();
			}
		}
		catch (IOException ex) {
			throw gone(ex);
		}
	}

	private static JsonNode await(String what, CompletableFuture<JsonNode> answer, Duration limit) {
		try {
			return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			throw new EngineUnreachableException("the supervisor of local sandboxes did not answer within "
					+ limit.toMillis() + " ms when asked to " + what, ex);
		}
		catch (ExecutionException ex) {
			throw new EngineFailedException("the supervisor of local sandboxes could not " + what + ": " + reason(ex),
					ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EngineUnreachableException("interrupted while the supervisor was asked to " + what, ex);
		}
	}

	private static String reason(ExecutionException failure) {
		Throwable cause = failure.getCause();
		return String.valueOf((cause != null) ? cause.getMessage() : failure.getMessage());
	}

	private void read() {
		try (BufferedReader lines = this.process.inputReader(StandardCharsets.UTF_8)) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				take(this.json.readTree(line));
			}
		}
		catch (IOException | JacksonException ex) {
			logger.error("The supervisor of local sandboxes cannot be understood", ex);
			this.process.destroyForcibly();
		}
		this.ended = true;
		EngineUnreachableException gone = gone(null);
		this.ready.completeExceptionally(gone);
		this.asked.values().forEach((answer) -> answer.completeExceptionally(gone));
		this.onEnd.run();
	}

	private void take(JsonNode message) {
		if (message.path("event").asString("").equals("ready")) {
			this.ready.complete(message);
			return;
		}
		if (message.has("event")) {
			this.events.accept(message);
			return;
		}
		CompletableFuture<JsonNode> answer = this.asked.get(message.path("id").asLong(-1));
		if (answer != null && message.has("error")) {
			answer.completeExceptionally(new IllegalStateException(message.path("error").asString()));
		}
		else if (answer != null) {
			answer.complete(message);
		}
	}

	private static EngineUnreachableException gone(@Nullable Throwable cause) {
		return new EngineUnreachableException("the supervisor of local sandboxes has ended", cause);
	}

	/** Ends it and every sandbox. */
	@Override
	public void close() {
		try {
			this.orders.close();
			if (!this.process.waitFor(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS)) {
				this.process.destroyForcibly();
			}
		}
		catch (IOException ex) {
			logger.debug("The supervisor has ended before", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			this.process.destroyForcibly();
		}
	}

}
