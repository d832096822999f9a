package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import com.github.dockerjava.transport.DockerHttpClient;

/**
 * Bounds the time until an answer begins, and uses each connection once. An engine that
 * restarts leaves stale connections behind, on which the next create or start would fail,
 * and those must not be repeated blindly; a new connection costs a tenth of a
 * millisecond.
 */
final class EngineTransport implements DockerHttpClient {

	private final DockerHttpClient delegate;

	private final Watchdog watchdog;

	private final Function<Request, Duration> answerTimeout;

	EngineTransport(DockerHttpClient delegate, Watchdog watchdog, Function<Request, Duration> answerTimeout) {
		this.delegate = delegate;
		this.watchdog = watchdog;
		this.answerTimeout = answerTimeout;
	}

	@Override
	public Response execute(Request request) {
		Request single = Request.builder().from(request).putHeader("Connection", "close").build();
		try {
			return this.watchdog.within(this.answerTimeout.apply(request), () -> this.delegate.execute(single));
		}
		catch (TimeoutException ex) {
			throw new UncheckedIOException(new IOException("no answer " + ex.getMessage(), ex));
		}
	}

	@Override
	public void close() throws IOException {
		this.delegate.close();
	}

}
