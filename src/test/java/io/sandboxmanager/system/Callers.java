package io.sandboxmanager.system;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Programs that take sandboxes from any of some servers and give them back to any, while
 * one more looks after those that they keep. Who gets no answer forgets what it asked
 * for, as a program does that has ended.
 */
final class Callers implements AutoCloseable {

	private static final int LONGEST_USE_MILLIS = 2000;

	private static final int PAUSE_MILLIS = 20;

	private static final int CARE_MILLIS = 500;

	private final List<Replica> servers;

	private final Answers answers;

	private final int kept;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final List<CompletableFuture<Void>> running = new ArrayList<>();

	private volatile boolean ended;

	private volatile boolean closed;

	/**
	 * Begins.
	 * @param count how many there are
	 * @param kept how many sandboxes they have, beside those that they just got
	 */
	Callers(int count, int kept, List<Replica> servers, Answers answers, SplittableRandom random) {
		this.servers = servers;
		this.answers = answers;
		this.kept = kept;
		for (int i = 0; i < count; i++) {
			SplittableRandom own = random.split();
			this.running.add(CompletableFuture.runAsync(() -> takeAndGiveBack(own), this.threads));
		}
		SplittableRandom own = random.split();
		this.threads.execute(() -> lookAfterTheKept(own));
	}

	/** Lets the calls that are under way come to their ends; the kept ones are kept. */
	void end() {
		this.ended = true;
		this.running.forEach(CompletableFuture::join);
	}

	private void takeAndGiveBack(SplittableRandom random) {
		while (!this.ended) {
			acquire(random);
			pause(random.nextInt(LONGEST_USE_MILLIS));
			this.answers.giveUpOldestBeyond(this.kept).ifPresent((oldest) -> release(oldest, random));
		}
	}

	private void acquire(SplittableRandom random) {
		Map<String, ?> wanted = Map.of("sandbox_type", "base", "meta",
				Map.of("session_ctx_id", UUID.randomUUID().toString()));
		call(random, "/create_from_pool", wanted, this.answers::noteLostAcquire).ifPresent((answer) -> {
			JsonNode sandbox = data(answer);
			if (sandbox.isString()) {
				this.answers.noteAcquired(sandbox.asString());
			}
			else {
				this.answers.complain("an acquire was answered with " + text(answer));
			}
		});
	}

	private void release(String sandbox, SplittableRandom random) {
		Map<String, ?> given = Map.of("identity", sandbox);
		call(random, "/release", given, this.answers::noteLostRelease).ifPresent((answer) -> {
			if (data(answer).asBoolean(false)) {
				this.answers.noteReleased(sandbox);
			}
			else {
				this.answers.complain("the release of " + sandbox + " was answered with " + text(answer));
			}
		});
	}

	private void lookAfterTheKept(SplittableRandom random) {
		while (!this.closed) {
			this.answers.held().forEach((sandbox) -> lookAfter(sandbox, random));
			pause(CARE_MILLIS);
		}
	}

	/** On a busy machine a sandbox may once answer too late. */
	private void lookAfter(String sandbox, SplittableRandom random) {
		if (sickness(sandbox, random).isPresent()) {
			sickness(sandbox, random).ifPresent(this.answers::complain);
		}
	}

	private Optional<String> sickness(String sandbox, SplittableRandom random) {
		Map<String, ?> given = Map.of("identity", sandbox);
		return call(random, "/check_health", given, () -> {
		}).filter((answer) -> !data(answer).asBoolean(false) && this.answers.isHeld(sandbox))
			.map((answer) -> "the health of " + sandbox + " was answered with " + text(answer));
	}

	/**
	 * Calls any server that serves.
	 * @param lost told when the call may have reached it and no answer came
	 */
	private Optional<HttpResponse<String>> call(SplittableRandom random, String path, Map<String, ?> arguments,
			Runnable lost) {
		List<Replica> serving = Await.until("a server serves", ServerProcess.START_LIMIT,
				() -> this.servers.stream().filter(Replica::isServing).toList(), (found) -> !found.isEmpty());
		try {
			return Optional.of(serving.get(random.nextInt(serving.size())).api().call(path, arguments));
		}
		catch (UncheckedIOException ex) {
			if (!(ex.getCause() instanceof ConnectException)) {
				lost.run();
			}
			pause(PAUSE_MILLIS);
			return Optional.empty();
		}
	}

	private static JsonNode data(HttpResponse<String> answer) {
		return JsonMapper.shared().readTree(answer.body()).path("data");
	}

	private static String text(HttpResponse<String> answer) {
		return answer.statusCode() + " " + answer.body()
				+ answer.headers().firstValue(Api.ERROR_HEADER).map((reason) -> " (" + reason + ")").orElse("");
	}

	private static void pause(int millis) {
		LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
	}

	@Override
	public void close() {
		this.ended = true;
		this.closed = true;
		this.threads.shutdown();
	}

}
